import { namesColumn, ruleOf } from "../config/masks.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import { type Mask, maskProblem } from "../mask/Mask.ts"
import type { Column, TableSchema } from "../table/Table.ts"

/** The columns of a table that have a part of their own, by their names. */
interface Parts {
  readonly key: ReadonlyArray<string>
  readonly cursor: string | undefined
}

/**
 * The masks of a table's columns, and what is wrong with them, each with its path: a position keeps the cursor's values, a
 * mark of deletion must be read, and only tokens tell rows apart. `find` gives the column of a name, or notes that there is none.
 */
export const maskColumns = (
  config: TableConfig,
  { name }: TableSchema,
  columns: ReadonlyArray<Column>,
  { key, cursor }: Parts,
  find: (name: string, at: string) => Column | undefined,
): { readonly masks: ReadonlyMap<string, Mask>; readonly problems: ReadonlyArray<string> } => {
  const { masks: rules = [], path } = config
  if (rules.length === 0) return { masks: new Map(), problems: [] }
  for (const rule of config.isListed ? [] : rules.filter(namesColumn)) find(rule.column, "mask")
  const problems: Array<string> = []
  const masks = new Map<string, Mask>()
  for (const column of columns) {
    const rule = ruleOf(rules, name, column.name)
    if (rule?.mask === undefined) continue
    masks.set(column.name, rule.mask)
    const why = problemOf(rule.mask, column, config, { key, cursor })
    if (why !== undefined) problems.push(`${rule.path}: "${column.name}" ${why}`)
    if (config.as !== undefined && Object.hasOwn(config.as, column.name)) {
      problems.push(`${path}.as: "${column.name}" is masked, and has the type of its mask`)
    }
  }
  return { masks, problems }
}

const problemOf = (
  mask: Mask,
  { name, type }: Column,
  { deletes }: TableConfig,
  { key, cursor }: Parts,
): string | undefined => {
  if (name === cursor) {
    return 'is the cursor, whose values say where a pull goes on and cannot be masked; name another cursor or none, or let it be "none" here'
  }
  if (key.includes(name) && mask.kind !== "hmac") return "is in the key, which hmac alone can mask"
  if (deletes.kind === "soft" && name === deletes.column) {
    return 'marks deleted rows and cannot be masked; let it be "none" here'
  }
  return maskProblem(mask, type)
}

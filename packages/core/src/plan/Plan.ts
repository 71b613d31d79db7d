import type { TableConfig } from "../config/TableConfig.ts"
import { nearest } from "../error/suggest.ts"
import { toMillis } from "../source/Settings.ts"
import { isBlank, type Mask, maskedType } from "../mask/Mask.ts"
import { type Column, type ColumnType, formatTableName, type TableSchema } from "../table/Table.ts"
import { chooseColumns } from "./Choice.ts"
import { markProblem } from "./DeletionMark.ts"
import { boundOf, isKeyless, keyOf, type Keyless, wholeProblems } from "./Whole.ts"
import type { Bound } from "../source/Whole.ts"
import { maskColumns } from "./Masking.ts"
import { indexProblems } from "./IndexProblems.ts"
import { nameColumns, sortName, sortProblems } from "./Naming.ts"
import { defaultOverlap, defaultOverlapWithTransactions, type Overlap, overlapUnit } from "./Overlap.ts"

/** A column as it is replicated. */
export interface PlanColumn extends Column {
  /** The type in the replica where the config overrides the source's. */
  readonly as: "integer" | "real" | "text" | undefined
  /** Its name in the replica, where that is another one than at the source. */
  readonly into?: string | undefined
  /** What the replica holds in place of its values, where not themselves. */
  readonly mask?: Mask | undefined
  /** The name of the column of the replica that has its sort key, where there is one. */
  readonly sort?: string | undefined
}

/** What of a table's config is held against what the source says of the table, or says nothing of how it is pulled. */
type Held =
  | "log"
  | "path"
  | "table"
  | "columns"
  | "rename"
  | "mask"
  | "masks"
  | "as"
  | "key"
  | "cursor"
  | "overlap"
  | "schedule"
  | "isListed"
  | "whole"

/** How one table is pulled: its config, held against what the source says of the table. */
export interface Plan extends Omit<TableConfig, Held> {
  readonly table: TableSchema
  /** The columns to read. */
  readonly columns: ReadonlyArray<PlanColumn>
  /** Columns of the replica that are not read, because their masks leave nothing of their values. */
  readonly blank?: ReadonlyArray<PlanColumn>
  /** Whether the config names the columns; else one that the table gets is replicated too, unless a pattern leaves it out. */
  readonly hasChosenColumns: boolean
  /** Tells rows apart; empty of a table that is read whole, and of no other. */
  readonly key: ReadonlyArray<string>
  /** How large the table may be, where it has no key and is read whole. */
  readonly whole: Bound | undefined
  readonly cursor: Column | undefined
  readonly overlap: Overlap
  /** Whether the source digests ranges of the table's keys. */
  readonly digests: boolean
}

/** The type that a column has in the replica. */
export const replicaType = ({ mask, as, type }: PlanColumn): ColumnType =>
  mask === undefined ? (as ?? type) : maskedType(mask)

/** A replica has at most so many columns: the narrowest platform allows no more in a table and in a result. */
export const maxColumns = 100

/** What is wrong with a table's config, each with its path, or the plan. */
export type Planned = { readonly plan: Plan } | { readonly problems: ReadonlyArray<string> }

/**
 * Holds a table's config against the table's schema. `hasTransactions` says whether the source can tell which
 * transactions are in flight, and `keyless` how it is replicated where it has no key. Whether it digests is not known here.
 */
export const makePlan = (
  config: TableConfig,
  schema: TableSchema,
  hasTransactions: boolean,
  keyless: Keyless = "whole",
): Planned => {
  const { path } = config
  const problems: Array<string> = []
  const table = formatTableName(schema.name)
  const byName = new Map(schema.columns.map((column) => [column.name, column]))
  const column = (name: string, at: string): Column | undefined => {
    const found = byName.get(name)
    if (found === undefined)
      problems.push(`${path}.${at}: no column "${name}" in ${table}${nearest(name, byName.keys())}`)
    return found
  }

  const choice = chooseColumns(config, schema, column)
  const chosen = choice.columns
  // A column may be called like something that every object has.
  const overrides = new Map(Object.entries(config.as ?? {}))
  const isChosen = new Set(chosen.map(({ name }) => name))
  for (const field of ["as", "rename"] as const) {
    for (const name of Object.keys(config[field] ?? {})) {
      if (column(name, field) !== undefined && !isChosen.has(name)) {
        problems.push(`${path}.${field}: column "${name}" is not among the columns to replicate`)
      }
    }
  }
  const count = chosen.length + chosen.filter(({ name }) => overrides.get(name) === "sortable").length
  if (count > maxColumns) {
    problems.push(
      `${path}.columns: ${table} has ${count} columns, and the replica holds at most ${maxColumns}; name the ones to replicate in columns`,
    )
  }
  const naming = nameColumns(config, chosen)
  problems.push(...naming.problems)

  const key = keyOf(config, schema, keyless)
  const isWhole = isKeyless(config, schema) && key.length === 0
  config.key?.forEach((name, index) => column(name, `key[${index}]`))
  if (isWhole) problems.push(...wholeProblems(config, schema, keyless))
  const cursor = config.cursor === undefined || isWhole ? undefined : column(config.cursor, "cursor")
  if (config.columns !== undefined) {
    for (const name of cursor === undefined ? key : [...key, cursor.name]) {
      if (!byName.has(name) || isChosen.has(name)) continue
      const what = `which is the ${key.includes(name) ? "key" : "cursor"}`
      const left = choice.whyNot(name)
      problems.push(
        left === undefined
          ? `${path}.columns: must hold "${name}", ${what}`
          : `${path}.${left.at}: ${left.why}, ${what}; name it after that pattern`,
      )
    }
  }
  config.where.forEach((filter, index) => column(filter.column, `where[${index}].column`))

  for (const name of key) {
    if (overrides.has(name)) problems.push(`${path}.as: "${name}" is in the key, which keeps its type`)
  }
  if (config.deletes.kind === "soft") {
    const { column: name } = config.deletes
    const mark = column(name, "deletes.softDelete")
    if (mark !== undefined && !isChosen.has(name)) {
      problems.push(`${path}.columns: must hold "${name}", which marks deleted rows`)
    }
    const problem = mark === undefined ? undefined : markProblem(mark)
    if (problem !== undefined) problems.push(`${path}.deletes.softDelete: ${problem}`)
  }
  const overlap = overlapOf(config, cursor, hasTransactions, problems)
  const masking = maskColumns(config, schema, chosen, { key, cursor: cursor?.name }, column)
  problems.push(...masking.problems, ...sortProblems(config, chosen), ...indexProblems(config, chosen, column))

  if (problems.length > 0) return { problems }
  const { log: _log, ...said } = config
  const columns = chosen.map((one): PlanColumn => {
    const [into, mask] = [naming.names.get(one.name), masking.masks.get(one.name)]
    const as = overrides.get(one.name)
    return {
      ...one,
      as: as === "sortable" ? undefined : as,
      ...(as === "sortable" ? { sort: sortName(into ?? one.name) } : {}),
      ...(into === one.name ? {} : { into }),
      ...(mask === undefined ? {} : { mask }),
    }
  })
  const isRead = ({ mask }: PlanColumn) => mask === undefined || !isBlank(mask)
  if (isWhole && !columns.some(isRead)) {
    return { problems: [`${path}.mask: leaves nothing to read of ${table}, which has no key; leave a column unmasked`] }
  }
  return {
    plan: {
      ...said,
      table: schema,
      columns: columns.filter(isRead),
      blank: columns.filter((one) => !isRead(one)),
      hasChosenColumns: choice.isNamed,
      key,
      whole: isWhole ? boundOf(config) : undefined,
      cursor,
      overlap,
      digests: false,
    },
  }
}

const overlapOf = (
  { overlap, path }: TableConfig,
  cursor: Column | undefined,
  hasTransactions: boolean,
  problems: Array<string>,
): Overlap => {
  const byDefault = hasTransactions ? defaultOverlapWithTransactions : defaultOverlap
  if (overlap === undefined || cursor === undefined) return byDefault
  const unit = overlapUnit(cursor)
  if (unit === undefined) {
    problems.push(
      `${path}.overlap: the cursor "${cursor.name}" is ${cursor.sourceType}, neither a time, an integer nor a decimal`,
    )
  } else if (unit === "millis" && typeof overlap === "string") return { ...byDefault, millis: toMillis(overlap) }
  else if (unit === "values" && typeof overlap === "number") return { ...byDefault, values: BigInt(overlap) }
  else {
    const wanted = unit === "millis" ? 'a duration such as "1 minute"' : "a number of values such as 1000"
    problems.push(`${path}.overlap: must be ${wanted}, because the cursor "${cursor.name}" is ${cursor.sourceType}`)
  }
  return byDefault
}

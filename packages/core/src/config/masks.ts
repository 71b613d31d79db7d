import type { Mask } from "../mask/Mask.ts"
import { leastSecret, MaskKey } from "../mask/MaskKey.ts"
import { foldCase, type TableName } from "../table/Table.ts"
import type { MaskEntry } from "./Document.ts"
import { isPattern, matcher } from "./patterns.ts"

/** What the config says of masks: of the columns that meet its pattern. */
export interface MaskRule {
  /** Where it stands in the document. */
  readonly path: string
  /** The tables that it is about, by a name or a pattern; undefined for those of the entry in which it stands. */
  readonly table: string | undefined
  readonly column: string
  /** Undefined where the columns are to stay as they are. */
  readonly mask: Mask | undefined
}

/** Makes the rules out of what is written; the same secret is the same key in all of them. */
export interface MaskReader {
  readonly ofTable: (written: Written, path: string) => ReadonlyArray<MaskRule>
  readonly ofSource: (written: Written, path: string) => ReadonlyArray<MaskRule>
}

type Written = Readonly<Record<string, typeof MaskEntry.Type>>

/** A reader that notes what is wrong among `problems`. */
export const makeMaskReader = (secrets: (name: string) => string | undefined, problems: Array<string>): MaskReader => {
  const keys = new Map<string, MaskKey>()
  const keyOf = (name: string, path: string): MaskKey => {
    const secret = secrets(name) ?? ""
    if (secret === "") problems.push(`${path}: no secret named ${name} is set in this deployment`)
    else if (secret.length < leastSecret) {
      problems.push(
        `${path}: the secret ${name} has fewer than ${leastSecret} characters, so that it could be guessed, and what it masks with it`,
      )
    }
    const key = keys.get(name) ?? new MaskKey(secret)
    keys.set(name, key)
    return key
  }
  const toMask = (entry: typeof MaskEntry.Type, path: string): Mask | undefined => {
    if (entry === "none") return undefined
    if (entry === "redact" || entry === "null") return { kind: entry }
    if ("hmac" in entry) return { kind: "hmac", key: keyOf(entry.hmac.secret, `${path}.hmac`) }
    return "keep" in entry ? { kind: "keep", last: entry.keep.last } : { kind: "year" }
  }
  const rules = (written: Written, path: string, split: (name: string) => Pick<MaskRule, "table" | "column">) =>
    Object.entries(written).map(([name, entry]): MaskRule => {
      const at = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
      return { path: at, ...split(name), mask: toMask(entry, at) }
    })
  return {
    ofTable: (written, path) => rules(written, path, (column) => ({ table: undefined, column })),
    ofSource: (written, path) =>
      rules(written, path, (name) => {
        const at = name.lastIndexOf(".")
        return { table: at < 0 ? "*" : name.slice(0, at), column: name.slice(at + 1) }
      }),
  }
}

/** The rule that counts for a column: the last one that it meets. Letters of either case are the same. */
export const ruleOf = (
  rules: ReadonlyArray<MaskRule>,
  { schema, name }: TableName,
  column: string,
): MaskRule | undefined => {
  const folded = foldCase(column)
  const names = [name, ...(schema === undefined ? [] : [`${schema}.${name}`])].map(foldCase)
  return rules.findLast((rule) => {
    const isOfTable = rule.table === undefined || names.some(matcher(foldCase(rule.table)))
    return isOfTable && (rule.column === column || matcher(foldCase(rule.column))(folded))
  })
}

/** Whether a rule of a table names one column, which must be there. */
export const namesColumn = ({ table, column }: MaskRule): boolean => table === undefined && !isPattern(column)

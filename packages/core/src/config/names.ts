import { foldCase } from "../table/Table.ts"
import type { TableConfig } from "./TableConfig.ts"

/** What statements mean something else by: the row that an upsert brings, and functions that are read like tables. */
const meant = new Set(["excluded", "json_each", "pragma_table_info"])

/**
 * What is wrong with the name of a replica table: that SQLite cannot hold it, that it is SQLite's or the project's own, or another's among `taken`. A
 * name with which nothing is wrong is added to those.
 */
export const nameProblem = <Named extends Pick<TableConfig, "into" | "path">>(
  table: Named,
  taken: Map<string, Named>,
): string | undefined => {
  // SQLite ends a name at NUL, and takes half a surrogate pair for another character.
  if (table.into.includes("\0") || /\p{Surrogate}/u.test(table.into)) {
    return `${JSON.stringify(table.into)} cannot be a table's name; choose one without NUL and halves of surrogate pairs`
  }
  const folded = foldCase(table.into)
  if (/^(?:tmp_|sqlite_|_cf_)/.test(folded)) {
    return `"${table.into}" is reserved; choose a name that does not begin with tmp_, sqlite_ or _cf_`
  }
  if (meant.has(folded)) {
    return `"${table.into}" has a meaning of its own in SQLite's statements; give it another name with into`
  }
  const twin = taken.get(folded)
  if (twin === undefined) {
    taken.set(folded, table)
    return undefined
  }
  return `"${table.into}" is already the replica table of ${twin.path}; give one of them another name with into`
}

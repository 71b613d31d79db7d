import type { TableConfig } from "../config/TableConfig.ts"
import { type Column, foldCase } from "../table/Table.ts"

/** SQLite ends a name at NUL, and takes half a surrogate pair for another character. */
const noName = /\0|\p{Surrogate}/u

/**
 * The names that columns have in the replica, by their names at the source, and what is wrong with them: two that SQLite
 * takes for one, or one that is no name. Each problem has its path.
 */
export const nameColumns = (
  { path, rename }: Pick<TableConfig, "path" | "rename">,
  columns: ReadonlyArray<Column>,
): { readonly names: ReadonlyMap<string, string>; readonly problems: ReadonlyArray<string> } => {
  // A column may be called like something that every object has.
  const renamed = new Map(Object.entries(rename ?? {}))
  const problems = [...renamed].flatMap(([from, to]) =>
    noName.test(to) ? [`${path}.rename.${from}: ${JSON.stringify(to)} cannot be a column's name`] : [],
  )
  const names = new Map(columns.map(({ name }) => [name, renamed.get(name) ?? name]))
  const taken = new Map<string, string>()
  for (const [name, into] of names) {
    const twin = taken.get(foldCase(into))
    if (twin === undefined) taken.set(foldCase(into), name)
    else if (renamed.has(name) || renamed.has(twin)) {
      const at = renamed.has(name) ? name : twin
      problems.push(
        `${path}.rename.${at}: "${twin}" and "${name}" would both be "${into}" in the replica, where case does not tell names apart; give one of them another name`,
      )
    } else {
      problems.push(
        `${path}.columns: "${twin}" and "${name}" differ only in case, which SQLite does not tell apart; name one of them in columns, or rename it`,
      )
    }
  }
  return { names, problems }
}

import type { TableConfig } from "../config/TableConfig.ts"
import { type Column, type ColumnType, foldCase } from "../table/Table.ts"

/** SQLite ends a name at NUL, and takes half a surrogate pair for another character. */
const noName = /\0|\p{Surrogate}/u

/**
 * The names that columns have in the replica, by their names at the source, and what is wrong with them: two that SQLite
 * takes for one, or one that is no name. Each problem has its path.
 */
export const nameColumns = (
  { path, rename, as = {} }: Pick<TableConfig, "path" | "rename" | "as">,
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
  for (const [name, into] of names) {
    if (!Object.hasOwn(as, name) || as[name] !== "sortable") continue
    const twin = taken.get(foldCase(sortName(into)))
    if (twin !== undefined) {
      problems.push(
        `${path}.as.${name}: its sort key would be called "${sortName(into)}", as "${twin}" is in the replica; give one of them another name with rename`,
      )
    }
  }
  return { names, problems }
}

/** The name of the column that has the sort key of another one, by that one's name in the replica. */
export const sortName = (into: string): string => `${into}_sort`

const numbers = new Set<ColumnType>(["decimal", "integer", "unsigned"])

/** The columns that are no decimals, whose values are in order as they are, or in none that sort keys would give. */
export const sortProblems = (
  { path, as = {} }: Pick<TableConfig, "path" | "as">,
  columns: ReadonlyArray<Column>,
): ReadonlyArray<string> =>
  columns.flatMap(({ name, type, sourceType }) =>
    Object.hasOwn(as, name) && as[name] === "sortable" && !numbers.has(type)
      ? [`${path}.as.${name}: "${name}" is ${sourceType}; only decimals and integers have sort keys`]
      : [],
  )

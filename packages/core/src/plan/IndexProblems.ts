import type { TableConfig } from "../config/TableConfig.ts"
import type { Column } from "../table/Table.ts"

/** What is wrong with the indexes that a config lists, each with its path. `find` notes where there is no such column. */
export const indexProblems = (
  { path, indexes }: Pick<TableConfig, "path" | "indexes">,
  columns: ReadonlyArray<Column>,
  find: (name: string, at: string) => Column | undefined,
): ReadonlyArray<string> => {
  if (indexes === undefined || indexes === "copy") return []
  const chosen = new Set(columns.map(({ name }) => name))
  return indexes.flatMap((names, index) =>
    names.flatMap((name) => {
      const at = `indexes[${index}]`
      if (find(name, at) === undefined || chosen.has(name)) return []
      return [`${path}.${at}: column "${name}" is not among the columns to replicate`]
    }),
  )
}

import { isPattern, matcher } from "../config/patterns.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import type { Column, TableSchema } from "../table/Table.ts"

/** The columns of a table that are replicated. */
export interface Choice {
  readonly columns: ReadonlyArray<Column>
  /** Whether all are named, so that one that the source gets is none of them. */
  readonly isNamed: boolean
  /** Why a column is not among them, where that can be said: the second half of a sentence, with the path before it. */
  readonly whyNot: (name: string) => { readonly at: string; readonly why: string } | undefined
}

/**
 * Chooses columns by the entries of a config: names, patterns, and patterns with a `-` before them that leave columns out. The
 * last entry that a column meets counts, and one that meets none is left out. A name that is a column's is no pattern. `find`
 * gives the column of a name, or notes that there is none.
 */
export const chooseColumns = (
  { columns: entries }: Pick<TableConfig, "columns">,
  schema: TableSchema,
  find: (name: string, at: string) => Column | undefined,
): Choice => {
  if (entries === undefined) return { columns: schema.columns, isNamed: false, whyNot: () => undefined }
  const names = new Set(schema.columns.map(({ name }) => name))
  const isName = (entry: string) => names.has(entry) || !isPattern(entry)
  if (entries.every(isName)) {
    const columns = entries.flatMap((name, index) => find(name, `columns[${index}]`) ?? [])
    return { columns, isNamed: true, whyNot: () => undefined }
  }
  const chosen = new Set<string>()
  const leftOutBy = new Map<string, number>()
  entries.forEach((entry, index) => {
    if (isName(entry)) {
      const found = find(entry, `columns[${index}]`)
      if (found !== undefined) chosen.add(found.name)
      return
    }
    const isLeftOut = entry.startsWith("-")
    const matches = matcher(isLeftOut ? entry.slice(1) : entry)
    for (const name of names) {
      if (!matches(name)) continue
      if (!isLeftOut) chosen.add(name)
      else if (chosen.delete(name)) leftOutBy.set(name, index)
    }
  })
  return {
    columns: schema.columns.filter(({ name }) => chosen.has(name)),
    isNamed: false,
    whyNot: (name) => {
      const index = leftOutBy.get(name)
      return index === undefined
        ? undefined
        : { at: `columns[${index}]`, why: `"${entries[index]}" leaves out "${name}"` }
    },
  }
}

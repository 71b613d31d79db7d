import { maxColumns, nameProblem } from "@starbase-replication/core/config"
import { foldCase, formatTableName, type TableName, type TableSchema } from "@starbase-replication/core/source"
import type { Entry } from "./Proposal.ts"

/** An entry, and what had to be decided for it. */
export interface Made {
  readonly entry: Entry
  readonly notes: ReadonlyArray<string>
}

/**
 * An entry for each table, with a name of its own for its replica where the table's cannot be had, and with the columns
 * that a replica can hold where it cannot hold all.
 */
export const makeEntries = (
  source: string,
  tables: ReadonlyArray<{
    readonly name: TableName
    readonly schema: TableSchema | undefined
    readonly isIndexed: boolean
  }>,
): ReadonlyArray<Made> => {
  const names = replicaNames(tables.map(({ name }) => name))
  return tables.map(({ isIndexed, name, schema }) => {
    const table = formatTableName(name)
    const { into, why } = names.get(name) ?? {}
    const columns = schema === undefined ? undefined : columnsOf(schema)
    return {
      entry: {
        source,
        table,
        ...(into === undefined ? {} : { into }),
        ...(columns?.chosen === undefined ? {} : { columns: columns.chosen }),
        ...(columns === undefined || columns.rename.size === 0 ? {} : { rename: Object.fromEntries(columns.rename) }),
        ...(isIndexed ? { indexes: "copy" as const } : {}),
      },
      notes: [...(into === undefined ? [] : [`Into "${into}": ${why}.`]), ...(columns?.notes ?? [])],
    }
  })
}

/** The names of replicas that cannot have their table's, and why. Of two that differ in case alone, the small one has it. */
const replicaNames = (names: ReadonlyArray<TableName>) => {
  const taken: Taken = new Map()
  const others = new Map<TableName, { readonly into: string; readonly why: string }>()
  const isSmall = ({ name }: TableName) => foldCase(name) === name
  for (const name of [...names.filter(isSmall), ...names.filter((one) => !isSmall(one))]) {
    const path = formatTableName(name)
    const problem = nameProblem({ into: name.name, path }, taken)
    if (problem === undefined) continue
    // What follows is advice that is taken here.
    const [why = ""] = problem.split("; ")
    others.set(name, { into: otherName(name, path, taken), why })
  }
  return others
}

type Taken = Map<string, { readonly into: string; readonly path: string }>

/** The first of a few names that is free: with the schema before it, then with a number behind. */
const otherName = ({ name, schema }: TableName, path: string, taken: Taken): string => {
  const base = `${schema ?? "source"}_${name.replaceAll(/\0|\p{Surrogate}/gu, "_")}`
  for (let number = 1; ; number++) {
    const into = number === 1 ? base : `${base}_${number}`
    if (nameProblem({ into, path }, taken) === undefined) return into
  }
}

/** What to take where not all can be had as it is: other names for all but one of those that differ in case alone, and no more than fit, the key first. */
const columnsOf = ({ columns, key }: TableSchema) => {
  const names = columns.map(({ name }) => name)
  const taken = new Set(names.map(foldCase))
  const seen = new Map<string, string>()
  const rename = new Map<string, string>()
  const notes: Array<string> = []
  for (const name of names) {
    const twin = seen.get(foldCase(name))
    if (twin === undefined) {
      seen.set(foldCase(name), name)
      continue
    }
    let number = 2
    while (taken.has(foldCase(`${name}_${number}`))) number++
    const other = `${name}_${number}`
    taken.add(foldCase(other))
    rename.set(name, other)
    notes.push(`The column "${name}" is called "${other}": SQLite does not tell it from "${twin}".`)
  }
  if (names.length <= maxColumns) return { notes, rename, chosen: undefined }
  const fitting = new Set([...key, ...names.filter((name) => !key.includes(name))].slice(0, maxColumns))
  notes.push(
    `With the first ${maxColumns} of ${names.length} columns, which is all that a replica holds; choose others.`,
  )
  return {
    notes,
    chosen: names.filter((name) => fitting.has(name)),
    rename: new Map([...rename].filter(([name]) => fitting.has(name))),
  }
}

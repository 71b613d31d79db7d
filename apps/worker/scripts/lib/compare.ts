import type { PGlite } from "@electric-sql/pglite"
import type { Client } from "./client.ts"

/** How to read one column on both sides; both expressions give text, or a double. */
interface ComparedColumn {
  readonly name: string
  /** The canonical text in PostgreSQL's own words. */
  readonly atSource: string
  readonly inReplica: string
  /** How SQLite must store it. */
  readonly storage: "integer" | "real" | "text"
}

/** One table to compare. `key` is its first column, by which both sides are walked. */
export interface ComparedTable {
  readonly name: string
  readonly key: string
  readonly columns: ReadonlyArray<ComparedColumn>
  /** The rows of the source that the replica is to have; all without it. */
  readonly only?: { readonly column: string; readonly value: string }
}

/** What was compared, and the first differences in words. */
export interface Comparison {
  readonly rows: number
  readonly values: number
  readonly differences: ReadonlyArray<string>
}

const text = (name: string): ComparedColumn => ({ name, atSource: name, inReplica: name, storage: "text" })
const integer = (name: string): ComparedColumn => ({
  name,
  atSource: `${name}::text`,
  inReplica: `CAST(${name} AS TEXT)`,
  storage: "integer",
})
/** Doubles cross as JSON numbers, the shortest that read back the same. */
const real = (name: string): ComparedColumn => ({ name, atSource: name, inReplica: name, storage: "real" })

/** The tables of the demo, with what each value must be in the replica. */
export const comparedTables: ReadonlyArray<ComparedTable> = [
  {
    name: "cities",
    key: "id",
    columns: [
      integer("id"),
      text("name"),
      text("country"),
      integer("population"),
      { ...text("share_of_country"), atSource: "share_of_country::text" },
      real("latitude"),
      real("longitude"),
      { ...text("names"), atSource: "to_json(names)::text" },
      { ...text("details"), atSource: "details::text" },
      {
        ...text("updated_at"),
        atSource: `to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
      },
    ],
  },
  { name: "countries", key: "code", columns: [text("code"), integer("cities"), integer("population")] },
]

const pageRows = 5000
const shownDifferences = 10

type Row = ReadonlyArray<unknown>

/** Compares every value of every row of a table, each side read by itself in the order of the key. */
export const compareTable = async (source: PGlite, replica: Client, table: ComparedTable): Promise<Comparison> => {
  const differences: Array<string> = []
  let rows = 0
  let after: unknown
  do {
    const expected = await readSource(source, table, after)
    const last = expected.length < pageRows ? undefined : expected.at(-1)?.[0]
    const found = new Map((await readReplica(replica, table, after, last)).map((row) => [row[0], row]))
    for (const row of expected) {
      differences.push(...compareRow(table, row, found.get(row[0])))
      found.delete(row[0])
    }
    differences.push(...Array.from(found.keys(), (key) => `${table.name} ${String(key)}: in the replica alone`))
    rows += expected.length + found.size
    after = last
  } while (after !== undefined && differences.length < shownDifferences)
  return { rows, values: rows * table.columns.length, differences: differences.slice(0, shownDifferences) }
}

const readSource = async (source: PGlite, table: ComparedTable, after: unknown): Promise<ReadonlyArray<Row>> => {
  const { columns, key, name, only } = table
  // SQLite orders text by its bytes.
  const order = columns.find((column) => column.name === key)?.storage === "text" ? 'COLLATE "C"' : ""
  const conditions = [
    ...(after === undefined ? [] : [{ sql: `t.${key} ${order} >`, param: after }]),
    ...(only === undefined ? [] : [{ sql: `t.${only.column} =`, param: only.value }]),
  ]
  const where = conditions.map(({ sql }, index) => `${sql} $${index + 1}`).join(" AND ")
  const { rows } = await source.query<Row>(
    `SELECT ${columns.map(({ atSource }, index) => `${atSource} AS c${index}`).join(", ")} FROM ${name} AS t
     ${where === "" ? "" : `WHERE ${where}`} ORDER BY t.${key} ${order} LIMIT ${pageRows}`,
    conditions.map(({ param }) => param),
    { rowMode: "array" },
  )
  return rows
}

const readReplica = (
  replica: Client,
  { columns, key, name }: ComparedTable,
  after: unknown,
  last: unknown,
): Promise<ReadonlyArray<Row>> => {
  const values = [...columns.map(({ inReplica }) => inReplica), ...columns.map((column) => `typeof(${column.name})`)]
  const bounds = [
    ...(after === undefined ? [] : [{ sql: `${key} > ?`, param: after }]),
    ...(last === undefined ? [] : [{ sql: `${key} <= ?`, param: last }]),
  ]
  const where = bounds.length === 0 ? "" : `WHERE ${bounds.map(({ sql }) => sql).join(" AND ")}`
  return replica.rows(
    `SELECT ${values.join(", ")} FROM ${name} ${where}`,
    bounds.map(({ param }) => param),
  )
}

const compareRow = ({ columns, name }: ComparedTable, expected: Row, found: Row | undefined): Array<string> => {
  if (found === undefined) return [`${name} ${String(expected[0])}: missing in the replica`]
  return columns.flatMap((column, index) => {
    const at = `${name} ${String(expected[0])} ${column.name}`
    const storage = found[columns.length + index]
    if (expected[index] !== found[index]) {
      return [`${at}: ${JSON.stringify(expected[index])} at the source, ${JSON.stringify(found[index])} in the replica`]
    }
    return expected[index] === null || storage === column.storage ? [] : [`${at}: stored as ${String(storage)}`]
  })
}

/**
 * One value, as it is or must be in SQLite: its storage class and its text (`i:5`, `t:five`, `b:ff00`, `r:0.1`), or null.
 */
export type Cell = string | null

/** The cells of a row, by column. */
export type Row = ReadonlyMap<string, Cell>

/** What a table holds at one moment, and would be in the replica. */
export interface Snapshot {
  readonly columns: ReadonlyArray<string>
  /** By the texts of the key columns. */
  readonly rows: ReadonlyMap<string, Row>
  /** Which table it was that had the name then, where two may take turns. */
  readonly of?: string | undefined
}

/** The columns that make up a row's identity, whatever the table's key is made of. */
const keyColumns = ["k", "k2"]

/**
 * Makes a snapshot from rows of cells in the order of the columns. A row without a key is known by its place: nothing else
 * tells it from its equals.
 */
export const makeSnapshot = (
  columns: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  hasKey = true,
): Snapshot => {
  const keyAt = keyColumns.map((name) => columns.indexOf(name)).filter((at) => at >= 0)
  return {
    columns,
    rows: new Map(
      rows.map((cells, place): [string, Row] => [
        hasKey ? JSON.stringify(keyAt.map((at) => cells[at]?.slice(2))) : String(place),
        new Map(columns.map((name, at) => [name, normal(cells[at] ?? null)])),
      ]),
    ),
  }
}

/** A double may be printed in more than one way; SQLite knows no negative zero. */
const normal = (cell: Cell): Cell => (cell?.startsWith("r:") === true ? `r:${Number(cell.slice(2)) + 0}` : cell)

/** Whether a replica's row is a row of the source: a column that only the replica has must be NULL. */
export const matches = (replica: Row, source: Row): boolean => {
  for (const [name, cell] of replica) if ((source.get(name) ?? null) !== cell) return false
  return true
}

/** Whether two rows of the source have the same columns and values. */
export const isSame = (some: Row, others: Row): boolean => some.size === others.size && matches(some, others)

/** How many rows more of a kind a source has than a replica, by what the replica's columns would hold; fewer are negative. */
export const balance = (source: Snapshot, replica: Snapshot): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  const add = (rows: Snapshot["rows"], count: number) => {
    for (const row of rows.values()) {
      const text = JSON.stringify(replica.columns.map((name) => row.get(name) ?? null))
      counts.set(text, (counts.get(text) ?? 0) + count)
    }
  }
  add(source.rows, 1)
  add(replica.rows, -1)
  return new Map([...counts].filter(([, count]) => count !== 0))
}

/** A row for a message. */
export const show = (row: Row | undefined): string =>
  row === undefined ? "no row" : JSON.stringify(Object.fromEntries(row))

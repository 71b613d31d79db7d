import { BrokenPromise } from "../Promises.ts"
import type { WorkerdObject } from "../Workerd.ts"

/** A row that was written under another tenant, in any table of a replica, also in those that are built to take another's place. */
export const foreign = async (object: WorkerdObject, tenant: string): Promise<string | undefined> => {
  const there = await object.execute(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%owner%' AND name NOT LIKE 'tmp\\_replication\\_tables' ESCAPE '\\'",
    [],
  )
  for (const [name] of there) {
    const [row] = await object.execute(`SELECT owner, note FROM "${String(name)}" WHERE owner IS NOT ? LIMIT 1`, [
      tenant,
    ])
    if (row !== undefined) return `in ${String(name)} a row of ${JSON.stringify(row[0])}: ${String(row[1])}`
  }
  return undefined
}

/** Rows as texts, in the order of the columns that were asked for. */
export type Texts = ReadonlyArray<ReadonlyArray<string | null>>

/** The rows of a table. */
export const texts = async (object: WorkerdObject, table: string, columns: string, key: string): Promise<Texts> => {
  const list = columns.split(", ").map((column) => `CAST("${column}" AS TEXT)`)
  const rows = await object.execute(`SELECT ${list.join(", ")} FROM "${table}" ORDER BY ${key}`, [])
  return rows.map((row) => row.map((value) => (value === null ? null : String(value))))
}

/** Fails with what is lacking and what is too much, where two sides have not the same rows. */
export const isSame = (what: string, there: Texts, here: Texts): void => {
  const sorted = (rows: Texts) => rows.map((row) => JSON.stringify(row)).toSorted()
  const [wanted, found] = [sorted(there), sorted(here)]
  if (JSON.stringify(wanted) === JSON.stringify(found)) return
  const lacking = wanted.filter((row) => !found.includes(row)).slice(0, 3)
  const extra = found.filter((row) => !wanted.includes(row)).slice(0, 3)
  throw new BrokenPromise(`${what} differ: lacking ${lacking.join()}; extra ${extra.join()}`)
}

import { setTimeout as sleep } from "node:timers/promises"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { startWire } from "../lib/wire.ts"

const perRow = "rows/row"

/** What Cloudflare bills for rows that changed and rows that did not, and what a wake-up that finds nothing asks. */
export const costWrites = async (options: Options, report: Report): Promise<void> => {
  report.note("cost: billed writes, and idle wake-ups")
  const rows = Math.min(10_000, options.rows)
  const server = await startSource()
  const wire = await startWire(server)
  const open = (tables: ReadonlyArray<object>) =>
    startReplica({ bundle: "bench", secret: wire.url, source: postgresSource, tables })
  const replicas: Array<Replica> = []
  try {
    await server.query(`
      CREATE TABLE plain (id integer PRIMARY KEY, value integer);
      CREATE TABLE named (name text PRIMARY KEY, value integer);
      INSERT INTO plain SELECT i, i FROM generate_series(1, ${rows}) i;
      INSERT INTO named SELECT 'row ' || i, i FROM generate_series(1, ${rows}) i;`)
    for (const table of ["plain", "named"] as const) {
      const what = table === "plain" ? "integer key" : "text key"
      const replica = await open([{ table, deletes: "ignore" }])
      replicas.push(replica)
      const add = async (name: string, label: string, changed: number) => {
        await replica.takeBilled()
        await replica.pull()
        const { rowsWritten } = await replica.takeBilled()
        const value = rowsWritten / changed
        report.add({ id: `cost/writes/${table}/${name}`, label, value, unit: perRow, runs: [value] })
      }
      await add("inserted", `billed writes for an inserted row, ${what}`, rows)
      await add("unchanged", `billed writes for an unchanged row, ${what}`, rows)
      await server.query(`UPDATE ${table} SET value = value + 1`)
      await add("changed", `billed writes for a changed row, ${what}`, rows)
      await replica.admin.post("/query", { sql: `CREATE INDEX mine_${table} ON ${table} (value)` })
      await server.query(`UPDATE ${table} SET value = value + 1`)
      await add("indexed", `billed writes for a changed row, ${what}, in an index of yours`, rows)
    }
    const oneTable = await idle(server, open, wire.take, replicas, 1)
    const tenTables = await idle(server, open, wire.take, replicas, 10)
    const addIdle = (id: string, label: string, value: number, unit: "queries" | "rows" = "queries") =>
      report.add({ id: `cost/idle/${id}`, label: `idle wake-up${label}`, value, unit, runs: [value] })
    addIdle("one-table", ", 1 table: source queries", oneTable.queries)
    addIdle("one-table-trips", ", 1 table: round trips to the source", oneTable.roundTrips)
    addIdle("ten-tables", ", 10 tables: source queries", tenTables.queries)
    addIdle("ten-tables-trips", ", 10 tables: round trips to the source", tenTables.roundTrips)
    addIdle("per-table", ": source queries for each further table", (tenTables.queries - oneTable.queries) / 9)
    addIdle("per-table-trips", ": round trips for each further table", (tenTables.roundTrips - oneTable.roundTrips) / 9)
    addIdle("written", ", 10 tables: billed rows written", tenTables.rowsWritten, "rows")
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()))
    await wire.stop()
    await server.stop()
  }
}

/** What one wake-up asks and writes that finds nothing new in so many tables. */
const idle = async (
  server: Awaited<ReturnType<typeof startSource>>,
  open: (tables: ReadonlyArray<object>) => Promise<Replica>,
  take: Awaited<ReturnType<typeof startWire>>["take"],
  replicas: Array<Replica>,
  count: number,
) => {
  const names = Array.from({ length: count }, (_, place) => `idle_${count}_${place}`)
  for (const name of names) {
    await server.query(`
      CREATE TABLE ${name} (id integer PRIMARY KEY, updated_at timestamptz NOT NULL);
      INSERT INTO ${name} SELECT i, timestamptz '2024-01-01 00:00:00+00' + i * interval '1 second'
        FROM generate_series(1, 1000) i;
      CREATE INDEX ON ${name} (updated_at, id);`)
  }
  const replica = await open(names.map((table) => ({ table, cursor: "updated_at", every: "1 second" })))
  replicas.push(replica)
  await replica.pull()
  await replica.pull()
  for (let sweep = 0; sweep < 2; sweep++) {
    await sleep(1100)
    await replica.pullDue()
  }
  await sleep(1100)
  take()
  await replica.takeBilled()
  const { tables } = await replica.pullDue()
  if (tables !== count) throw new Error(`${tables} of ${count} tables were due.`)
  const { rowsWritten } = await replica.takeBilled()
  return { ...take(), rowsWritten }
}

import { type SinkStore, sinkSuite } from "@starbase-replication/connector-testing"
import { type Plan, type PlanColumn, replicaType, type Value } from "@starbase-replication/core/sink"
import { type SqliteObject, startSqliteObjects } from "@starbase-replication/test-servers"
import { type Execute, layer } from "../src/index.ts"

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A column as its canonical text, or for doubles as it is. */
const canonical = (column: PlanColumn): string => {
  const name = quote(column.name)
  const type = replicaType(column)
  if (type === "blob") return `iif(${name} IS NULL, NULL, lower(hex(${name})))`
  return type === "integer" || type === "boolean" || type === "unsigned" ? `CAST(${name} AS TEXT)` : name
}

const toValue = (value: unknown): Value => (value === null ? null : String(value))

const readRows = async ({ execute }: SqliteObject, { into, columns }: Plan) => {
  const there = await execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [into])
  if (there.length === 0) return undefined
  const rows = await execute(`SELECT ${columns.map(canonical).join(", ")} FROM ${quote(into)}`, [])
  return rows.map((row) => row.map(toValue))
}

const makeStore = (object: SqliteObject): SinkStore => {
  const execute: Execute = async (sql, params) => {
    store.watch?.("before")
    const rows = await object.execute(sql, params)
    store.watch?.("after")
    return rows
  }
  const store: SinkStore = {
    sink: layer(execute),
    watch: undefined,
    rows: (plan) => readRows(object, plan),
    takeWrites: object.takeRowsWritten,
    makeForeign: async ({ into, columns, key }, row) => {
      const lines = columns.map(({ name, type }) => `${quote(name)} ${type === "integer" ? "INTEGER" : "TEXT"}`)
      const primary = `PRIMARY KEY (${key.map(quote).join(", ")})`
      await object.execute(`CREATE TABLE ${quote(into)} (${[...lines, primary].join(", ")})`, [])
      await object.execute(`INSERT INTO ${quote(into)} VALUES (${row.map(() => "?").join(", ")})`, row)
    },
    constrain: async ({ into }, column) => {
      await object.execute(`CREATE UNIQUE INDEX constrained ON ${quote(into)} (${quote(column)})`, [])
    },
  }
  return store
}

sinkSuite("SQLite in a Durable Object", async (atEnd) => {
  const objects = await startSqliteObjects()
  atEnd(objects.stop)
  return { store: async () => makeStore(objects.object()), tooLarge: 2_100_000, maxColumns: 100 }
})

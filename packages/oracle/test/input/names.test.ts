import { formatTableName } from "@starbase-replication/core/source"
import fc from "fast-check"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { names, traps } from "../../src/Hostile.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await parts.server.query("CREATE TABLE canary (id int PRIMARY KEY); INSERT INTO canary VALUES (1)")
})
afterAll(() => parts?.stop())

const sql = pg.escapeIdentifier
const fold = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
let schemas = 0

/** Replicates a table of these names and tells what became of it; the canaries on both sides must live. */
const replicate = async (schema: string, table: string, columns: ReadonlyArray<string>) => {
  const { server, url, object } = parts
  const [key = "", ...others] = columns
  const inSchema = `${schema}${schemas++}`.slice(-20)
  const at = `${sql(inSchema)}.${sql(table)}`
  await server.query(`CREATE SCHEMA ${sql(inSchema)};
    CREATE TABLE ${at} (${sql(key)} int PRIMARY KEY${others.map((name) => `, ${sql(name)} text`).join("")});
    INSERT INTO ${at} VALUES (1${others.map((_, index) => `, 'one ${index}'`).join("")})`)
  const { execute } = object()
  await execute("CREATE TABLE canary (id INTEGER)", [])
  const entry = { table: formatTableName({ schema: inSchema, name: table }), deletes: { reconcile: "0 seconds" } }
  const cursor = { ...entry, cursor: key, overlap: 0 }
  const first = await runTable({ url, execute }, cursor)
  await server.query(`INSERT INTO ${at} (${sql(key)}) VALUES (2); DELETE FROM ${at} WHERE ${sql(key)} = 1`)
  const results = [first, await runTable({ url, execute }, cursor), await runTable({ url, execute }, cursor)]
  results.push(await runTable({ url, execute }, entry, { refresh: true }))
  results.push(await runTable({ url, execute }, entry, { verify: { repair: true } }))
  expect(await execute("SELECT count(*) FROM canary", [])).toEqual([[0]])
  expect(await server.query("SELECT id FROM canary")).toEqual([[1]])
  const failed = results.find(({ error }) => error !== undefined)?.error
  if (failed !== undefined) return failed
  const replica = `"${table.replaceAll('"', '""')}"`
  expect(await execute(`SELECT * FROM ${replica}`, [])).toEqual([[2, ...others.map(() => null)]])
  const info = await execute("SELECT name FROM pragma_table_info(?)", [table])
  expect(info.map(([name]) => name)).toEqual(columns)
  return undefined
}

const isReserved = (table: string) =>
  /^(?:tmp_|sqlite_|_cf_|canary$|excluded$|json_each$|pragma_table_info$)/.test(fold(table))

it("any name that PostgreSQL takes arrives as it is, and does nothing else", { timeout: 300_000 }, async () => {
  const columns = fc.uniqueArray(names, { minLength: 1, maxLength: 4, selector: fold })
  await fc.assert(
    fc.asyncProperty(names, names, columns, async (schema, table, list) => {
      // A name that the config refuses is thrown; another's table is a run's error.
      const error: unknown = await replicate(schema, table, list).catch((thrown: unknown) => thrown)
      if (isReserved(table))
        expect(error).toHaveProperty("code", expect.stringMatching(/invalid-config|table-not-ours/))
      else expect(error).toBeUndefined()
    }),
    { numRuns: 12 },
  )
})

it("so does each of the names that are known to be traps", { timeout: 300_000 }, async () => {
  const list = traps.filter((trap) => trap !== "" && Buffer.byteLength(trap) <= 63)
  for (const name of list.filter((one) => one !== "excluded")) {
    expect([name, await replicate(name, name, ["id", name])]).toEqual([name, undefined])
  }
  // In an upsert, SQLite calls the row that was to be inserted so.
  await expect(replicate("excluded", "excluded", ["id"])).rejects.toMatchObject({ code: "invalid-config" })
  expect(await replicate("excluded", "plain", ["id", "excluded"])).toBeUndefined()
  const folded = [...new Map(list.map((name) => [fold(name), name])).values()]
  expect(await replicate("all", "all", ["id", ...folded.filter((name) => fold(name) !== "id")])).toBeUndefined()
})

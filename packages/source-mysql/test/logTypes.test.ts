import { walk } from "@starbase-replication/connector-testing"
import type { LogMessage, LogRow, TableSchema } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { here, readAll } from "./support/log.ts"
import { logTypes } from "./support/logTypes.ts"
import { makeRandom } from "./support/random.ts"
import { byUrl, withSource } from "./support/source.ts"

let server: Mariadb
let database: MariadbDatabase
let isMariadb = true
beforeAll(async () => {
  server = await startMariadb({ binlog: true })
  database = await server.createDatabase("log_types")
  await database.query("SET sql_mode = '', time_zone = '+05:00'")
  isMariadb = String((await server.query("SELECT VERSION()"))[0]?.[0]).includes("MariaDB")
})
afterAll(() => server?.stop())

const scan = (table: TableSchema, more: object) =>
  Effect.runPromise(
    withSource(
      byUrl(database.url, more),
      Effect.map(walk({ table, order: ["id"] }), ({ rows }) => rows),
    ),
  )

/** What the changes come to, and whether each was told of the very row that the one before had left. */
const fold = (messages: ReadonlyArray<LogMessage>) => {
  const rows = new Map<string, LogRow>()
  const mismatches: Array<unknown> = []
  for (const message of messages) {
    if (message.kind === "untold") mismatches.push(message)
    if (message.kind !== "change") continue
    const { old, now } = message
    if (old !== undefined && JSON.stringify(old) !== JSON.stringify(rows.get(String(old[0])))) mismatches.push(old)
    if (old !== undefined) rows.delete(String(old[0]))
    if (now !== undefined) rows.set(String(now[0]), now)
  }
  return { rows: [...rows.values()].toSorted((a, b) => Number(a[0]) - Number(b[0])), mismatches }
}

const seed = Number(process.env["LOG_TYPES_SEED"] ?? Date.now() % 1_000_000)
const rounds = Number(process.env["LOG_TYPES_ROWS"] ?? 40)

it("tells every value as a scan gives it, of every type", { timeout: 600_000 }, async () => {
  const random = makeRandom(seed)
  const wrong: Array<unknown> = []
  for (const [index, { declared, fixed, random: make, only }] of logTypes.entries()) {
    if (only !== undefined && (only === "MariaDB") !== isMariadb) continue
    const table = `t${index}`
    await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v ${declared}, w ${declared}, z int)`)
    const from = await here(database.url)
    const values = [...fixed, "NULL", ...Array.from({ length: rounds }, () => make(random))]
    const rows = values.map((value, id) => `(${id}, ${value}, ${random.pick(values)}, 7)`)
    await database.query(`INSERT INTO ${table} VALUES ${rows.join(", ")}`)
    await database.query(
      `UPDATE ${table} SET v = w WHERE id % 3 = 0; UPDATE ${table} SET z = 8 WHERE id % 4 = 0; UPDATE ${table} SET id = id + 1000 WHERE id % 5 = 0; DELETE FROM ${table} WHERE id % 7 = 0`,
    )
    const { messages, tables, standing } = await readAll(database.url, [table], { from, isKeyOnly: false })
    const { rows: told, mismatches } = fold(messages)
    // Where only keys of what was are wanted, all else is gone over unread.
    const brief = await readAll(database.url, [table], { from })
    expect(fold(brief.messages).rows, `${declared}, LOG_TYPES_SEED=${seed}`).toEqual(told)
    const [schema] = tables
    if (schema === undefined) throw new Error("the table is not there")
    const there = await scan(schema.table, {})
    const unlike = [...standing.tables.values()].flatMap((one) => one.unlike)
    const others = told.filter((row, at) => JSON.stringify(row) !== JSON.stringify(there[at])).slice(0, 2)
    if (mismatches.length + unlike.length + others.length === 0 && told.length === there.length) continue
    wrong.push({
      declared,
      mismatches: mismatches.slice(0, 2),
      unlike,
      others,
      scanned: there.filter(([id]) => others.some(([other]) => other === id)),
    })
  }
  expect(wrong, `LOG_TYPES_SEED=${seed}`).toEqual([])
})

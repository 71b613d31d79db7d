import { Source } from "@starbase-replication/core/source"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseTransactions } from "../src/internal/transactions.ts"
import { byUrl, withSource } from "./support/source.ts"

const read = (text: string) => Effect.runSync(parseTransactions(text))

describe("parseTransactions", () => {
  it.each([
    ["10:10:", "7", { next: "10", open: [] }],
    ["10:20:10,14", "17", { next: "20", open: ["10", "14"] }],
    ["10:20:10", "19", { next: "22", open: ["10", "20", "21"] }],
    ["8589934597:8589934600:8589934597", "6", { next: "8589934601", open: ["8589934597", "8589934600"] }],
    [
      "4294967295:4294967295:",
      "0",
      { next: "4294967299", open: ["4294967295", "4294967296", "4294967297", "4294967298"] },
    ],
    ["3000000000:3000000000:", "-1294967298", { next: "3000000001", open: ["3000000000"] }],
  ])("reads %s and an age of %s", (snapshot, age, expected) => {
    const [, , listed = ""] = snapshot.split(":")
    const count = listed === "" ? 0 : listed.split(",").length
    expect(read(JSON.stringify([snapshot, String(count), age, null, null]))).toEqual(expected)
    const { next } = expected
    const horizon = String(BigInt(next) > 1_879_048_192n ? BigInt(next) - 1_879_048_192n : 0n)
    const lived = read(JSON.stringify([snapshot, String(count), age, null, "7 1"]))
    expect(lived).toEqual({ ...expected, history: "7 1", horizon })
  })

  it("knows of a standby that any from the first id on may be in flight, and how far it is behind", () => {
    expect(read('["740:743:","0","740","8123",null]')).toEqual({
      next: "743",
      open: [],
      unsureFrom: "740",
      behind: 8123,
    })
    expect(read('["743:743:","0","740","0",null]')).toEqual({ next: "743", open: [], behind: 0 })
    expect(read('["743:743:","0","740","-3",null]')).toEqual({ next: "743", open: [], behind: 0 })
  })

  it.each([
    ["nothing", null],
    ["an empty text", ""],
    ["no JSON", "10:20:,7"],
    ["no snapshot", '["10:20:x","1","7",null,null]'],
    ["no age", '["10:20:","0","",null,null]'],
    ["a list that was cut between two ids", '["10:20:10,14","3","17",null,null]'],
    ["a list that was cut within an id", '["100:200:100,14","3","197",null,null]'],
    ["a text that was cut", '["100:200:100,140,150","3","19'],
  ])("fails, and takes nothing for the transactions in flight, where there is %s", (_, text) => {
    expect(Effect.runSync(Effect.flip(parseTransactions(text)))).toMatchObject({ code: "source-busy" })
  })
})

describe("a busy server", () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_connections: 220 } })
  })
  afterAll(() => server?.stop())

  it("has all of 200 write transactions in its answers", async () => {
    const database = await server.createDatabase("busy")
    await database.query("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY)")
    // So that ids have not all just been given.
    await database.query("DO $$ BEGIN FOR i IN 1..400 LOOP INSERT INTO other VALUES (i); COMMIT; END LOOP; END $$")
    const clients = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const client = new pg.Client({ connectionString: database.url })
        await client.connect()
        return client
      }),
    )
    try {
      const ids: Array<string> = []
      for (const [index, client] of clients.entries()) {
        await client.query("BEGIN")
        const { rows } = await client.query<{ id: string }>("SELECT pg_current_xact_id()::text AS id")
        ids.push(...rows.map(({ id }) => id))
        if (index === 99) await database.query("INSERT INTO other VALUES (0)")
      }
      const asked = await Effect.runPromise(
        withSource(
          byUrl(database.url),
          Effect.gen(function* () {
            const source = yield* Source
            const names = [{ schema: "public", name: "t" }]
            return [
              yield* source.transactions ?? Effect.die("not offered"),
              (yield* source.describe(names)).transactions,
            ]
          }),
        ),
      )
      for (const transactions of asked) expect(transactions?.open.toSorted()).toEqual(ids.toSorted())
    } finally {
      await Promise.all(clients.map((client) => client.end()))
    }
  })
})

import { Source, type TableSchema, type Transactions } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: 4 } })
  database = await server.createDatabase("since")
})
afterAll(() => server?.stop())

interface Moment {
  readonly table: TableSchema
  readonly transactions: Transactions
}

const run = <A, E>(effect: Effect.Effect<A, E, Source>, url = database.url) =>
  Effect.runPromise(withSource(byUrl(url), effect))

/** What the source says of a table, and of its transactions. */
const now = (name: string, url?: string): Promise<Moment> =>
  run(
    Effect.gen(function* () {
      const { tables, transactions } = yield* (yield* Source).describe([{ name }])
      const [table] = tables
      if (table === undefined || transactions === undefined) return expect.unreachable()
      return { table, transactions }
    }),
    url,
  )

/** The first column of the rows that were written since, read in pages of so many rows. */
const writtenSince = (name: string, { table: before, transactions }: Moment, limit = 1000) =>
  run(
    Effect.gen(function* () {
      const source = yield* Source
      const { tables } = yield* source.describe([{ name }])
      const [table] = tables
      if (table === undefined) return expect.unreachable()
      const ids = [...transactions.open, transactions.unsureFrom ?? transactions.next].map(BigInt)
      const id = String(ids.reduce((least, one) => (one < least ? one : least)))
      const since = { id, parts: before.parts ?? [] }
      const found: Array<string | null> = []
      let after: ReadonlyArray<string> | undefined
      while (true) {
        const order = table.columns.slice(0, 1).map((column) => column.name)
        const asked = { table, columns: table.columns.slice(0, 1), where: [], order, since, after, limit }
        const page = yield* source.read({ ...asked, maxBytes: 1_000_000 })
        found.push(...(yield* page.rows).map(([value]) => value ?? null))
        if (page.done) return found
        after = page.last
      }
    }),
  )

const connect = async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  return client
}

describe("rows that were written since", () => {
  it("are those that were inserted or updated, by however many statements, in pages of any size", async () => {
    await database.query(
      "CREATE TABLE plain (id int PRIMARY KEY, v text); INSERT INTO plain SELECT g FROM generate_series(1, 50) g",
    )
    const before = await now("plain")
    expect(before.table.parts).toHaveLength(1)
    expect(await writtenSince("plain", before)).toEqual([])
    await database.query(`
      UPDATE plain SET v = 'x' WHERE id % 10 = 0; DELETE FROM plain WHERE id = 20; INSERT INTO plain VALUES (51), (52);
      INSERT INTO plain VALUES (7) ON CONFLICT (id) DO UPDATE SET v = 'y';
      UPDATE plain SET id = 60 WHERE id = 3; UPDATE plain SET v = v WHERE id = 4`)
    const expected = ["4", "7", "10", "30", "40", "50", "51", "52", "60"]
    for (const limit of [1, 2, 4, 1000]) expect(await writtenSince("plain", before, limit)).toEqual(expected)
  })

  it("are those of transactions that were open then, of their savepoints, and of prepared ones", async () => {
    await database.query("CREATE TABLE late (id int PRIMARY KEY)")
    const writer = await connect()
    const preparer = await connect()
    try {
      await writer.query("BEGIN; INSERT INTO late VALUES (1); SAVEPOINT a; INSERT INTO late VALUES (2)")
      await preparer.query("BEGIN; INSERT INTO late VALUES (3); PREPARE TRANSACTION 'late'")
      await database.query("INSERT INTO late VALUES (4)")
      const before = await now("late")
      expect(await writtenSince("late", before)).toEqual(["4"])
      await writer.query("RELEASE a; SAVEPOINT b; INSERT INTO late VALUES (5); ROLLBACK TO b; COMMIT")
      await preparer.query("COMMIT PREPARED 'late'")
      expect(await writtenSince("late", before)).toEqual(["1", "2", "3", "4"])
      expect(await writtenSince("late", await now("late"))).toEqual([])
    } finally {
      await writer.end()
      await preparer.end()
    }
  })

  it("are all of a partition that was attached, and those that moved to another one", async () => {
    await database.query(`
      CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
      CREATE TABLE parted_2a PARTITION OF parted_2 FOR VALUES FROM (100) TO (150);
      CREATE TABLE parted_3 (id int PRIMARY KEY, v text);
      INSERT INTO parted VALUES (1), (2), (101); INSERT INTO parted_3 VALUES (201), (202)`)
    const before = await now("parted")
    expect(before.table.parts).toHaveLength(2)
    await database.query("ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM (200) TO (300)")
    await database.query("UPDATE parted SET id = 102 WHERE id = 2")
    expect(await writtenSince("parted", before)).toEqual(["102", "201", "202"])
    expect(await writtenSince("parted", before, 2)).toEqual(["102", "201", "202"])
  })

  it("are those of what inherits, and all of what was rewritten", async () => {
    await database.query(`
      CREATE TABLE parent (id int NOT NULL); CREATE TABLE child (more int) INHERITS (parent);
      INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3), (4)`)
    const before = await now("parent")
    await database.query("UPDATE child SET more = 1 WHERE id = 4")
    expect(await writtenSince("parent", before)).toEqual(["4"])
    const later = await now("parent")
    await database.query("VACUUM FULL child")
    expect(await writtenSince("parent", later)).toEqual(["3", "4"])
  })

  it("are, of a materialized view, all that a refresh made, and with CONCURRENTLY those that it changed", async () => {
    await database.query(`
      CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base VALUES (1, 'a'), (2, 'b');
      CREATE MATERIALIZED VIEW seen AS SELECT * FROM base; CREATE UNIQUE INDEX ON seen (id)`)
    const before = await now("seen")
    await database.query("UPDATE base SET v = 'c' WHERE id = 2; REFRESH MATERIALIZED VIEW CONCURRENTLY seen")
    expect(await writtenSince("seen", before)).toEqual(["2"])
    const later = await now("seen")
    await database.query("REFRESH MATERIALIZED VIEW seen")
    expect(await writtenSince("seen", later)).toEqual(["1", "2"])
  })

  it("belong to a cluster and its timeline, and are told from the lowest id on while ids have not gone round", async () => {
    const { transactions } = await now("plain")
    expect(transactions.horizon).toBe("0")
    expect(transactions.history).toMatch(/^\d+ 1$/)
  })
})

describe("rows that were written before", () => {
  const low = "00000000-0000-0000-0000-000000000001"
  const high = "a0000000-0000-0000-0000-000000000000"
  it.each([
    ["int", ["-5", "0", "3", "10"], "1", ["-5", "3"], [1, 2, 1]],
    ["bigint", ["9223372036854775807", "1"], "2", ["1"], [1, 1]],
    ["text", ["B", "a", "z", "é", "\u{1F600}"], "b", ["a", "é"], [2, 2, 1]],
    ["uuid", [low, high], "b0000000-0000-0000-0000-000000000000", ["0", high], [0, 2, 0]],
    ["numeric", ["1.50", "10", "2"], "1.5001", ["10"], [2, 1]],
    ["date", ["2024-01-01", "2024-06-01"], "2024-02-01", [], [2]],
    ["timestamptz", ["2024-01-01"], "2024-02-01", ["2023"], undefined],
    ["char(3)", ["a"], "b", ["a"], undefined],
  ])("are counted by ranges of %s, where both sides know their order", async (type, values, young, bounds, expected) => {
    const table = `counted_${type.replaceAll(/\W/g, "")}`
    const insert = (some: ReadonlyArray<string>) =>
      database.query(`INSERT INTO ${table} VALUES ${some.map((one) => `('${one}')`).join(", ")}`)
    await database.query(`CREATE TABLE ${table} (id ${type} PRIMARY KEY)`)
    await insert(values)
    const { table: described, transactions } = await now(table)
    await insert([young])
    const counts = await run(
      Effect.gen(function* () {
        const { countBefore } = yield* Source
        const [column] = described.columns
        if (countBefore === undefined || column === undefined) return expect.unreachable()
        const before = { id: transactions.next, parts: described.parts ?? [] }
        const asked = { table: described, where: [], column, before }
        expect(yield* countBefore({ ...asked, bounds: undefined })).toEqual(expected && [])
        return yield* countBefore({ ...asked, bounds })
      }),
    )
    expect(counts).toEqual(expected)
  })
})

describe("tables whose rows do not tell", () => {
  it("say why", async () => {
    await database.query(`
      CREATE VIEW shown AS SELECT * FROM plain;
      CREATE ROLE narrow LOGIN PASSWORD 'narrow'; GRANT SELECT (id) ON plain TO narrow;
      CREATE SCHEMA _timescaledb_internal; CREATE TABLE chunked (id int PRIMARY KEY);
      CREATE TABLE _timescaledb_internal.chunk () INHERITS (chunked)`)
    expect((await now("shown")).table).toMatchObject({ untold: "is a view" })
    expect((await now("chunked")).table).toMatchObject({
      untold: "has rows in chunk, which keeps them in another way than tables do",
    })
    const url = new URL(database.url)
    url.username = "narrow"
    url.password = "narrow"
    const { table } = await now("plain", url.href)
    expect(table).toMatchObject({ untold: "grants this user single columns only" })
    expect(table.parts).toBeUndefined()
  })
})

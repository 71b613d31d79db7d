import { formatTableName, type LogMessage, Source } from "@starbase-replication/core/source"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Postgres
beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: "logical", synchronous_commit: "on" } })
})
afterAll(() => server.stop())

const log = { slot: "edge", publication: "edge" }

/** Reads all of the log from a position on, as rows of the named tables. */
const readAll = (names: ReadonlyArray<string>, from?: string) =>
  Effect.gen(function* () {
    const source = yield* Source
    if (source.log === undefined) return yield* Effect.die("no log")
    const described = yield* source.describe(names.map((name) => ({ name })))
    const tables = described.tables.flatMap((table) =>
      table === undefined ? [] : [{ table, columns: table.columns, key: table.key }],
    )
    const standing = yield* source.log.standing([])
    const messages: Array<LogMessage> = []
    const read = yield* source.log.read(
      { from: from ?? standing.kept ?? standing.end, end: standing.end, skip: undefined, tables },
      (some) => Effect.sync(() => messages.push(...some) > 0),
    )
    return { messages, read, standing, tables: tables.map(({ table }) => formatTableName(table.name)) }
  })

const keep = Effect.flatMap(Source, ({ log: found }) => found?.keep ?? Effect.die("no log"))
const run = <A, E>(effect: Effect.Effect<A, E, Source>, url: string) =>
  Effect.runPromise(withSource(byUrl(url, { log }), effect))

const oddTypes = [
  "id int PRIMARY KEY",
  "b bool",
  "i2 int2",
  "i8 int8",
  "f4 float4",
  "f8 float8",
  "n numeric",
  "t text",
  "c char(5)",
  "by bytea",
  "j json",
  "jb jsonb",
  "d date",
  "ti time",
  "tz timetz",
  "ts timestamp(3)",
  "tstz timestamptz",
  "iv interval",
  "u uuid",
  "bi bit(1)",
  "bv bit(5)",
  "ia int[]",
  "ta text[]",
  "tsa timestamptz[]",
  "r int4range",
  "ine inet",
  "x xml",
  "pt point",
  "o oid",
  "mo mood",
  "po posint",
].join(", ")

it("gives every value as a read gives it", async () => {
  const database = await server.createDatabase("types")
  await database.query(
    `CREATE TYPE mood AS ENUM ('sad', 'häppy'); CREATE DOMAIN posint AS int CHECK (value > 0); CREATE TABLE odd (${oddTypes}); CREATE PUBLICATION edge FOR TABLE odd`,
  )
  await run(keep, database.url)
  await database.query(
    `INSERT INTO odd VALUES
      (1, true, 3, 9223372036854775807, 0.1, 1e-300, 123456789012345678901234567890.123400, 'ünï''"\\', 'ab', '\\x00ff10', '{"a": 1}', '{"b":12345678901234567890}', '2026-01-02', '03:04:05.1', '03:04:05+02', '2026-01-02 03:04:05.12', '2026-01-02 03:04:05.123456+05', '1 mon 2 days 03:04:05', '00000000-0000-0000-0000-00000000000a', '1', '10101', '{1,NULL,{3}}'::text::int[], '{"a b",NULL,"q\\"t"}', '{"2026-01-02 03:04:05+00"}', '[1,5)', '10.0.0.1/8', '<a>1</a>', '(1,2)', 7, 'häppy', 5),
      (2, false, -3, -9223372036854775808, 'NaN', 'Infinity', 'NaN', '', '', '', 'null', '[]', 'infinity', '00:00:00', '00:00:00+00', '0044-03-15 00:00:00 BC', '10000-01-01 00:00:00+00', '0', NULL, '0', NULL, '{}', '{}', '{}', 'empty', NULL, NULL, NULL, NULL, NULL, NULL)`.replace(
      "'{1,NULL,{3}}'::text::int[]",
      "'{{1,NULL},{3,4}}'",
    ),
  )
  const { messages, scanned } = await run(
    Effect.gen(function* () {
      const source = yield* Source
      const { tables } = yield* source.describe([{ name: "odd" }])
      const [table] = tables
      if (table === undefined) return yield* Effect.die("no table")
      const read = { where: [], order: ["id"], after: undefined, limit: 10, maxBytes: 1e6 }
      const page = yield* source.read({ table, columns: table.columns, ...read })
      return { scanned: yield* page.rows, ...(yield* readAll(["odd"])) }
    }),
    database.url,
  )
  const told = messages.flatMap((message) => (message.kind === "change" ? [message.now] : []))
  expect(told).toEqual(scanned)
  expect(messages.map(({ kind }) => kind)).toEqual(["begin", "change", "change", "commit"])
})

it("gives transactions whole, in the order of their commits, with what each change knows of its row", async () => {
  const database = await server.createDatabase("changes")
  await database.query(
    `CREATE TABLE a (id int PRIMARY KEY, n int, big text); ALTER TABLE a ALTER big SET STORAGE EXTERNAL;
     CREATE TABLE f (id int, n int, big text); ALTER TABLE f REPLICA IDENTITY FULL; ALTER TABLE f ALTER big SET STORAGE EXTERNAL;
     CREATE PUBLICATION edge FOR TABLE a, f`,
  )
  await run(
    Effect.flatMap(Source, ({ log: found }) => found?.drop ?? Effect.void),
    database.url,
  )
  await server.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
  await run(keep, database.url)
  const big = "x".repeat(5000)
  await database.query(`INSERT INTO a VALUES (1, 1, '${big}'); `)
  await database.query(`UPDATE a SET n = 2`)
  await database.query(`UPDATE a SET id = 3`)
  await database.query(`DELETE FROM a`)
  await database.query(`BEGIN; INSERT INTO f VALUES (1, 1, '${big}'); UPDATE f SET n = 2; TRUNCATE a, f; COMMIT`)
  await database.query(`BEGIN; INSERT INTO a VALUES (9, 9, NULL); ROLLBACK`)
  const { messages, read } = await run(readAll(["a", "f"]), database.url)
  const brief = messages.map((message) =>
    message.kind === "change"
      ? [message.table, message.old, message.now]
      : message.kind === "truncate"
        ? ["T", message.tables]
        : message.kind,
  )
  expect(brief).toEqual([
    "begin",
    [0, undefined, ["1", "1", big]],
    "commit",
    "begin",
    [0, undefined, ["1", "2", undefined]],
    "commit",
    "begin",
    [0, ["1", undefined, undefined], ["3", "2", undefined]],
    "commit",
    "begin",
    [0, ["3", undefined, undefined], undefined],
    "commit",
    "begin",
    [1, undefined, ["1", "1", big]],
    [1, ["1", "1", big], ["1", "2", big]],
    ["T", [0, 1]],
    "commit",
  ])
  expect(read).toMatchObject({ isAll: true, isWhole: true })
  const ends = messages.flatMap((message) => (message.kind === "commit" ? [message.end] : []))
  const rest = await run(readAll(["a", "f"], ends[2]), database.url)
  expect(rest.messages).toEqual(messages.slice(9))
})

it("is given no more at a time than memory has room for, and of a row that is larger the key alone", async () => {
  const database = await server.createDatabase("large")
  await database.query(
    `CREATE TABLE wide (id int PRIMARY KEY, v text); CREATE TABLE late (v text, id int PRIMARY KEY);
     CREATE PUBLICATION edge FOR TABLE wide, late`,
  )
  await run(keep, database.url)
  await database.query(
    `INSERT INTO wide SELECT n, repeat('x', CASE WHEN n < 500 THEN 1 ELSE 200000 END) FROM generate_series(1, 800) n;
     INSERT INTO wide VALUES (1000, repeat('y', 9000000)); DELETE FROM wide WHERE id = 1000`,
  )
  const sizes: Array<number> = []
  const messages: Array<LogMessage> = []
  const takeAll = (name: string) =>
    Effect.gen(function* () {
      const source = yield* Source
      if (source.log === undefined) return yield* Effect.die("no log")
      const [table] = (yield* source.describe([{ name }])).tables
      if (table === undefined) return yield* Effect.die("no table")
      const { end, kept } = yield* source.log.standing([])
      const tables = [{ table, columns: table.columns, key: table.key }]
      const request = { from: kept ?? end, end, skip: undefined, tables }
      return yield* source.log.read(request, (some) =>
        Effect.sync(() => {
          const values = some.flatMap((message) => (message.kind === "change" ? (message.now ?? []) : []))
          sizes.push(values.reduce((sum, value) => sum + (value?.length ?? 0), 0))
          return messages.push(...some) > 0
        }),
      )
    })
  await run(takeAll("wide"), database.url)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(60_000_000)
  expect(Math.max(...sizes)).toBeLessThan(32_000_000)
  expect(messages.filter(({ kind }) => kind === "change")).toHaveLength(802)
  expect(messages.filter((message) => message.kind === "change" && !message.isAsDescribed)).toMatchObject([
    { now: ["1000", undefined] },
  ])
  await database.query("INSERT INTO late VALUES (repeat('y', 9000000), 1)")
  await expect(run(takeAll("late"), database.url)).rejects.toMatchObject({ code: "log-unusable", table: "public.late" })
})

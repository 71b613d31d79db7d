import { describeOne, walk } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startDebianPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

describe("a foreign table of another database", () => {
  let server: Postgres
  let far: PostgresDatabase
  let near: PostgresDatabase
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(byUrl(near.url), effect))

  beforeAll(async () => {
    server = await startDebianPostgres()
    far = await server.createDatabase("far")
    near = await server.createDatabase("near")
    await far.query(`
      CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz NOT NULL, amount numeric(30,10), note text);
      INSERT INTO orders SELECT 9007199254740990 + n, '2024-01-01Z'::timestamptz + n / 7 * interval '1 microsecond', n / 3.0,
        CASE WHEN n % 2 = 0 THEN 'note ' || n END FROM generate_series(1, 60) n`)
    await near.query(`
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw
        OPTIONS (host '${server.host}', port '${server.port}', dbname 'far');
      CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '${server.user}', password '${server.password}');
      IMPORT FOREIGN SCHEMA public FROM SERVER far INTO public`)
  }, 300_000)
  afterAll(() => server?.stop())

  it("is a table, of which the key must be named", async () => {
    const listed = await run(Effect.flatMap(Source, (source) => source.list(undefined)))
    expect(listed).toEqual([{ schema: "public", name: "orders" }])
    expect(await run(describeOne("public", "orders"))).toMatchObject({
      name: { schema: "public", name: "orders" },
      kind: "table",
      columns: [
        { name: "id", type: "integer", sourceType: "bigint", nullable: false },
        { name: "at", type: "timestamptz", sourceType: "timestamp with time zone", nullable: false },
        { name: "amount", type: "decimal", sourceType: "numeric(30,10)", nullable: true },
        { name: "note", type: "text", sourceType: "text", nullable: true },
      ],
      key: [],
    })
  })

  it.each([["id"], ["at", "id"]].map((order) => [order]))("is read by %j, and looked up", async (order) => {
    const rows = await far.query("SELECT id::text, amount::text, note FROM orders ORDER BY id")
    await run(
      Effect.gen(function* () {
        const source = yield* Source
        const table = yield* describeOne("public", "orders")
        const columns = table.columns.filter(({ name }) => name !== "at")
        for (const limit of [1, 7, 1000]) {
          const read = yield* walk({ table, order, limit })
          expect(read.rows.map(([id, , ...others]) => [id, ...others])).toEqual(rows)
        }
        const keys = [...rows.slice(3, 20).map(([id]) => [String(id)]), ["1"]]
        const found = yield* source.lookup({ table, columns, where: [], key: ["id"], keys })
        expect(new Set(found)).toEqual(new Set(rows.slice(3, 20)))
      }),
    )
  })

  it("is told of, behind a view and a partition too: late commits there are within the overlap alone", async () => {
    await near.query(`
      CREATE VIEW shown AS SELECT id, at FROM (SELECT * FROM orders) o;
      CREATE TABLE parted (id bigint, at timestamptz) PARTITION BY RANGE (id);
      CREATE FOREIGN TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10) SERVER far;
      CREATE TABLE own (id bigint PRIMARY KEY, at timestamptz);
      CREATE VIEW of_own AS SELECT * FROM own`)
    const about = (name: string) =>
      run(
        Effect.gen(function* () {
          const { cautions } = yield* Source
          const table = yield* describeOne("public", name)
          const at = table.columns.find((column) => column.name === "at")
          if (cautions === undefined || at === undefined) return yield* Effect.die("no cursor")
          return yield* cautions(table, at)
        }),
      )
    const elsewhere = expect.stringContaining("comes of another server")
    for (const name of ["orders", "shown", "parted"]) expect(await about(name)).toContainEqual(elsewhere)
    for (const name of ["own", "of_own"]) expect(await about(name)).not.toContainEqual(elsewhere)
  })

  it("has the highest value, and what is written later", async () => {
    await far.query("INSERT INTO orders VALUES (1, '2030-01-01 00:00:00.000001Z')")
    const highest = Effect.gen(function* () {
      const table = yield* describeOne("public", "orders")
      const column = table.columns[1]
      if (column === undefined) return expect.unreachable()
      return yield* (yield* Source).highest(table, column, [])
    })
    expect(await run(highest)).toBe("2030-01-01T00:00:00.000001Z")
    await far.query("DELETE FROM orders WHERE id = 1")
  })
})

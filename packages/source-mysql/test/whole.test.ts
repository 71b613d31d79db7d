import { describeOne } from "@starbase-replication/connector-testing"
import { startTcpProxy } from "@starbase-replication/connector-testing/proxy"
import { type ConnectorError, Source, type WholeRequest } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Mariadb
let database: MariadbDatabase
beforeAll(async () => {
  server = await startMariadb()
  database = await server.createDatabase("whole")
  await database.query(`
    CREATE TABLE wide (v longtext); INSERT INTO wide WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 300) SELECT repeat('w', 100000) FROM r;
    CREATE TABLE alike (v varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci);
    INSERT INTO alike VALUES ('a'), ('A'), ('á'), ('a '), ('a'), (NULL), (NULL);
    CREATE TABLE locked (v int) ENGINE = MyISAM; INSERT INTO locked VALUES (1), (1);
    CREATE TABLE nullable (a int, b varchar(300), UNIQUE (a), UNIQUE prefixed (b(10)));
    CREATE TABLE prefixed (b varchar(300), UNIQUE (b(10)));
    CREATE TABLE \`we\`\`ird\` (id int, ID_2 int)`)
})
afterAll(() => server?.stop())

const run = <A>(effect: Effect.Effect<A, ConnectorError, Source>, url = database.url) =>
  Effect.runPromise(withSource(byUrl(url), effect))

const wholeOf = (name: string, more: Partial<WholeRequest> = {}) =>
  Effect.gen(function* () {
    const { readWhole } = yield* Source
    const table = yield* describeOne("whole", name)
    const request = { table, columns: table.columns, where: [], hashed: false, pageRows: 100, pageBytes: 700_000 }
    const begun = readWhole?.({ ...request, most: { rows: 1000, bytes: 100_000_000 }, ...more })
    return yield* begun ?? Effect.die("it reads no table whole")
  })

const all = (name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { next } = yield* wholeOf(name)
      const rows: Array<string | null> = []
      for (let page = yield* next; page !== undefined; page = yield* next) rows.push(...page.map(([v = null]) => v))
      return rows
    }),
  )

describe("a table that is read whole", () => {
  it("keeps rows apart that its collation takes for equal", async () => {
    expect((await run(all("alike"))).toSorted()).toEqual(["a", "a", "a ", "A", "á", null, null].toSorted())
    expect(await run(all("locked"))).toEqual(["1", "1"])
  })

  it("waits at the server until it is asked for", async () => {
    const proxy = await startTcpProxy(server)
    try {
      const url = new URL(database.url)
      url.host = `${proxy.host}:${proxy.port}`
      const found = Effect.scoped(
        Effect.gen(function* () {
          const { next } = yield* wholeOf("wide")
          let rows = (yield* next)?.length ?? 0
          let before = -1
          // What sockets hold on the way is there at once.
          for (; before !== proxy.received(); yield* Effect.promise(() => sleep(300))) before = proxy.received()
          for (let page = yield* next; page !== undefined; page = yield* next) rows += page.length
          return { rows, before }
        }),
      )
      const { rows, before } = await run(found, url.href)
      expect(rows).toBe(300)
      expect(before).toBeLessThan(15_000_000)
      expect(proxy.received()).toBeGreaterThan(30_000_000)
    } finally {
      await proxy.stop()
    }
  })

  it("may be left or fail, and the next question is answered", async () => {
    const asked = Effect.gen(function* () {
      yield* Effect.scoped(Effect.flatMap(wholeOf("wide"), ({ next }) => next))
      return yield* all("locked")
    })
    expect(await run(asked)).toEqual(["1", "1"])
  })
})

describe("what there is in the place of a key", () => {
  it("is a unique index over whole columns, or a statement that gives the table one", async () => {
    expect(await run(describeOne("whole", "nullable"))).toMatchObject({ key: [], nullableKey: ["a"] })
    expect(await run(describeOne("whole", "prefixed"))).not.toHaveProperty("nullableKey")
    const { addKey = "none" } = await run(describeOne("whole", "we`ird"))
    expect(addKey).toBe(
      "ALTER TABLE `whole`.`we``ird` ADD COLUMN `id_3` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY",
    )
    await database.query(addKey)
    expect(await run(describeOne("whole", "we`ird"))).toMatchObject({ key: ["id_3"] })
  })
})

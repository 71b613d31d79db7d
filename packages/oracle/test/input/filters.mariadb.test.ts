import { decodeConfig } from "@starbase-replication/core/config"
import { replicate } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-mysql"
import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import mysql from "mysql2/promise"
import { afterAll, beforeAll, expect, it } from "vitest"
import { texts, traps } from "../../src/Hostile.ts"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"

let server: Mariadb
let client: mysql.Connection
let workerd: Workerd
beforeAll(async () => {
  ;[server, workerd] = await Promise.all([startMariadb(), startWorkerd()])
  client = await mysql.createConnection({ uri: server.url, charset: "utf8mb4_bin", rowsAsArray: true })
  await client.query("CREATE TABLE canary (id int PRIMARY KEY)")
  await client.query("CREATE TABLE filtered (id int PRIMARY KEY, text varchar(200) COLLATE utf8mb4_bin)")
  for (const [id, text] of traps.entries()) {
    await client.execute("INSERT INTO filtered VALUES (?, ?)", [id, id % 7 === 0 ? null : text])
  }
})
afterAll(async () => {
  await client?.end()
  await Promise.all([server?.stop(), workerd?.stop()])
})

const operators = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const

it("any text of a condition means what it means to MariaDB, and does nothing else", async () => {
  const { execute } = workerd.object("filtered")
  const filter = fc.record({
    column: fc.constant("text"),
    op: fc.constantFrom(...(Object.keys(operators) as Array<keyof typeof operators>)),
    value: texts,
  })
  let tables = 0
  await fc.assert(
    fc.asyncProperty(filter, fc.array(texts, { minLength: 1, maxLength: 5 }), async (where, list) => {
      const [one] = await client.execute(`SELECT id FROM filtered WHERE text ${operators[where.op]} ? ORDER BY id`, [
        where.value,
      ])
      const marks = list.map(() => "?").join(", ")
      const [some] = await client.execute(`SELECT id FROM filtered WHERE text IN (${marks}) ORDER BY id`, list)
      const names = [`filtered_${tables++}`, `filtered_${tables++}`]
      const { tables: results } = await decodeConfig(
        {
          sources: { main: { type: "mysql", url: { secret: "URL" } } },
          tables: [[where], [{ column: "text", op: "in", value: list }]].map((conditions, index) => ({
            source: "main",
            table: "filtered",
            into: names[index],
            where: conditions,
          })),
        },
        { connectors: [connector], secrets: () => server.url },
      ).pipe(
        Effect.flatMap((config) => replicate(config, { select: "all", claim: true })),
        Effect.provide(layer(execute)),
        Effect.runPromise,
      )
      expect(results.map(({ error }) => error)).toEqual([undefined, undefined])
      expect(await execute(`SELECT id FROM ${names[0]} ORDER BY id`, [])).toEqual(one)
      expect(await execute(`SELECT id FROM ${names[1]} ORDER BY id`, [])).toEqual(some)
    }),
    { numRuns: 60 },
  )
  expect((await client.query("SELECT count(*) FROM canary"))[0]).toEqual([[0]])
})

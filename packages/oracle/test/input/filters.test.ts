import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { texts, traps } from "../../src/Hostile.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await parts.server.query(`
    CREATE TABLE canary (id int PRIMARY KEY);
    CREATE TABLE filtered (id int PRIMARY KEY, text text, number numeric, flag boolean, at timestamptz, uuid uuid)`)
  for (const [id, text] of traps.entries()) {
    await parts.server.query(
      `INSERT INTO filtered VALUES ($1, $2, $1 - 30, $1 % 2 = 0, '2024-01-01'::timestamptz + $1 * interval '1 day',
        md5($1::text)::uuid)`,
      [id, id % 7 === 0 ? null : text],
    )
  }
})
afterAll(() => parts?.stop())

const operators = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const
const columns = ["id", "text", "number", "flag", "at", "uuid"] as const

it("any value of a condition means what it means to PostgreSQL, or is refused, and does nothing else", async () => {
  const { server, url, object } = parts
  const { execute } = object()
  const filter = fc.record({
    column: fc.constantFrom(...columns, "text", "text"),
    op: fc.constantFrom(...(Object.keys(operators) as Array<keyof typeof operators>)),
    value: fc.oneof(
      { weight: 4, arbitrary: texts },
      { weight: 1, arbitrary: fc.constantFrom<number | boolean>(0, -1, 2.5, 1e21, true, false) },
    ),
  })
  const outcomes = new Set<string>()
  let tables = 0
  await fc.assert(
    fc.asyncProperty(filter, async (where) => {
      const value = typeof where.value === "boolean" ? (where.value ? "1" : "0") : String(where.value)
      // A number beyond an int is a bigint there, and compares with ints all the same.
      const type = { id: "bigint", text: "text", number: "numeric", flag: "boolean", at: "timestamptz", uuid: "uuid" }
      const expected = await server
        .query(`SET TimeZone = 'UTC'; SELECT 1`)
        .then(() =>
          server.query(
            `SELECT id FROM filtered WHERE ${where.column} ${operators[where.op]} ($1::text)::${type[where.column]} ORDER BY id`,
            [value],
          ),
        )
        .catch(() => undefined)
      const into = `filtered_${tables++}`
      const { error } = await runTable({ url, execute }, { table: "filtered", into, where: [where] })
      outcomes.add(error?.code ?? "ran")
      if (expected === undefined) expect(error?.code).toMatch(/^(?:invalid-config|unsupported)$/)
      else {
        expect(error).toBeUndefined()
        expect(await execute(`SELECT id FROM ${into} ORDER BY id`, [])).toEqual(expected)
      }
    }),
    { numRuns: 150 },
  )
  expect(outcomes).toContain("ran")
  expect(outcomes).toContain("invalid-config")
  expect(await server.query("SELECT count(*)::int FROM canary")).toEqual([[0]])
})

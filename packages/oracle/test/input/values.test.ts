import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { texts } from "../../src/Hostile.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

const numbers = fc.oneof(
  fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }).map(String),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(40))
    .map(([digits, zeros]) => `${digits}e-${zeros}`),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "0.000", "-0"),
)
const row = fc.record({
  text: texts,
  long: fc
    .tuple(texts, fc.nat(20_000))
    .map(([text, times]) => text.repeat(times % Math.max(1, Math.ceil(200_000 / (text.length + 1))))),
  json: fc.jsonValue().map((value) => JSON.stringify(value).replaceAll("\\u0000", "")),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("hex")),
  number: numbers,
  double: fc.double().map(String),
  list: fc.array(fc.option(texts), { maxLength: 4 }),
  int: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
})

it("any value arrives as it is: text, JSON, bytes, numbers and lists of them", { timeout: 300_000 }, async () => {
  const { server, url, object } = parts
  let tables = 0
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
      const table = `values_${tables++}`
      await server.query(`CREATE TABLE ${table} (id text PRIMARY KEY, text text, long text, json json, jsonb jsonb,
        bytes bytea, number numeric, double float8, list text[], int bigint)`)
      for (const [index, { text, long, json, bytes, number, double, list, int }] of rows.entries()) {
        await server.query(
          `INSERT INTO ${table} VALUES ($1, $2, $3, ($4::text)::json, ($4::text)::jsonb, decode($5, 'hex'), $6, $7, $8, $9)`,
          [`${text} ${index}`, text, long, json, bytes, number, double, list, int],
        )
      }
      const { execute } = object()
      const entry = { table, batchSize: 7, deletes: { reconcile: "0 seconds" } }
      for (const _ of [1, 2]) {
        const { error, rejected, deleted } = await runTable({ url, execute }, entry)
        expect({ error, rejected, deleted }).toEqual({ error: undefined, rejected: 0, deleted: 0 })
      }
      const { verification } = await runTable({ url, execute }, entry, { verify: { repair: false } })
      expect(verification).toMatchObject({ complete: true, differing: 0, checked: rows.length })
      const source =
        await server.query(`SELECT id, text, long, json::text, jsonb::text, encode(bytes, 'hex'), number::text,
        double::text, array_to_json(list)::text, int::text FROM ${table} ORDER BY id COLLATE "C"`)
      const replica = await execute(
        `SELECT id, text, long, json, jsonb, lower(hex(bytes)), number, double, list, CAST(int AS TEXT) FROM ${table} ORDER BY id`,
        [],
      )
      const exact = (values: ReadonlyArray<unknown>) =>
        values.map((value, at) => (at === 7 ? Number(value) + 0 : at === 8 ? JSON.parse(String(value)) : value))
      expect(replica.map(exact)).toEqual(source.map(exact))
    }),
    { numRuns: 15 },
  )
})

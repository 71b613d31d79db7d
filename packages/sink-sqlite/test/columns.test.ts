import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { columnsOf, flag, given, integer, json, kept, maybe, text } from "../src/internal/columns.ts"

const columns = columnsOf({
  name: text,
  leaseUntil: integer,
  isClean: given("error IS NULL", flag),
  syncedAt: maybe(integer),
  key: json(Schema.Array(Schema.String)),
  plan: kept(Schema.Struct({ version: Schema.Literal(1) })),
})
const row = ["items", 5, 1, null, '["1"]', '{"version":1}']
const decode = (...rows: ReadonlyArray<ReadonlyArray<unknown>>) => Effect.runPromise(columns.decode(rows))

it("asks for what it reads, by name or by an expression", () => {
  expect(columns.select).toBe("name, lease_until, error IS NULL, synced_at, key, plan")
})

it("reads what it asked for, by name", async () => {
  const plan = { text: '{"version":1}', value: { version: 1 } }
  const first = { name: "items", leaseUntil: 5, isClean: true, syncedAt: undefined, key: ["1"], plan }
  expect(await decode(row, ["x", 0, 0, 7, "[]", null])).toEqual([
    first,
    { name: "x", leaseUntil: 0, isClean: false, syncedAt: 7, key: [], plan: undefined },
  ])
})

it("keeps a text of a form that is not known", async () => {
  for (const plan of ['{"version":2}', "no JSON"]) {
    expect(await decode(row.with(5, plan))).toMatchObject([{ plan: { text: plan, value: undefined } }])
  }
})

it.each([
  [0, null, "name"],
  [1, "5", "lease_until"],
  [2, 2, "error IS NULL"],
  [3, "7", "synced_at"],
  [4, '["1", 2]', "key"],
  [5, 1, "plan"],
])("says which column holds what it cannot: %s", async (place, value, name) => {
  await expect(decode(row.with(place, value))).rejects.toMatchObject({
    code: "storage",
    message: expect.stringContaining(`something odd for ${name}.`),
  })
})

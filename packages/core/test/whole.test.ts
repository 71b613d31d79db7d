import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { TableConfig } from "../src/config/TableConfig.ts"
import { makePlan, type PlanColumn } from "../src/plan/Plan.ts"
import { keylessWay } from "../src/run/Keyless.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"
import { beyondBound, type MeasureRequest } from "../src/source/Whole.ts"
import type { Position } from "../src/state/Position.ts"
import { rowHash, wrap } from "../src/sync/RowDigest.ts"
import type { ColumnType, Row, TableSchema } from "../src/table/Table.ts"
import { bareConfig } from "./support/config.ts"
import { bare } from "./support/plan.ts"

const columns = (types: Readonly<Record<string, ColumnType>>): ReadonlyArray<PlanColumn> =>
  Object.entries(types).map(([name, type]) => ({ name, type, sourceType: type, nullable: true, as: undefined }))

const table: TableSchema = {
  name: { schema: "public", name: "log" },
  kind: "table",
  columns: columns({ at: "integer", what: "text", gone: "boolean" }),
  key: [],
}
const nullable: TableSchema = { ...table, nullableKey: ["at"] }
const config = (more: Partial<TableConfig> = {}): TableConfig => ({
  ...bareConfig,
  deletes: { kind: "reconcile", every: 0 },
  ...more,
})

describe("the digest of rows", () => {
  const hash = rowHash({ ...bare, columns: columns({ a: "text", b: "text" }) })
  const sum = (rows: ReadonlyArray<Row>) => rows.reduce((total, row) => wrap(total + hash(row)), 0n)

  it("is another one for any other multiset, whatever the order", () => {
    const [x, y, z]: ReadonlyArray<Row> = [
      ["1", "2"],
      ["1", null],
      [null, "1"],
    ]
    if (x === undefined || y === undefined || z === undefined) throw new Error("three rows are meant")
    expect(sum([x, y, z])).toBe(sum([z, x, y]))
    const others: ReadonlyArray<ReadonlyArray<Row>> = [
      [],
      [x],
      [x, x],
      [x, x, x],
      [y],
      [y, y],
      [x, y],
      [x, y, y],
      [x, x, y],
    ]
    expect(new Set(others.map(sum)).size).toBe(others.length)
  })

  it("tells NULL from texts, and values from their neighbours", () => {
    const rows: ReadonlyArray<Row> = [
      [null, null],
      ["", ""],
      [null, ""],
      ["", null],
      ["ab", "c"],
      ["a", "bc"],
      ["abc", ""],
      ["", "abc"],
      ["\u{10000}", ""],
      ["\u{10001}", ""],
    ]
    expect(new Set(rows.map((row) => hash(row))).size).toBe(rows.length)
  })

  it("takes a double for what it reads as", () => {
    const real = rowHash({ ...bare, columns: columns({ a: "real" }) })
    expect(real(["1e2"])).toBe(real(["100"]))
    expect(real(["-0"])).toBe(real(["0"]))
    expect(real(["NaN"])).not.toBe(real(["Infinity"]))
    expect(real(["0.1"])).not.toBe(real(["0.10000000000000002"]))
  })

  it("has no two alike among many", () => {
    const hashes = new Set(Array.from({ length: 200_000 }, (_, n) => hash([String(n), n % 2 === 0 ? null : "x"])))
    expect(hashes.size).toBe(200_000)
  })
})

describe("the plan of a table without a key", () => {
  const planned = (more: Partial<TableConfig>, schema = table, keyless?: Parameters<typeof makePlan>[3]) =>
    makePlan(config(more), schema, false, keyless)

  it("reads it whole, up to a bound that the config may raise", () => {
    expect(planned({})).toMatchObject({ plan: { key: [], whole: { rows: 50_000, bytes: 10_000_000 } } })
    expect(planned({ whole: { rows: 7 } })).toMatchObject({ plan: { whole: { rows: 7, bytes: 10_000_000 } } })
    expect(planned({ key: ["at"] })).toMatchObject({ plan: { key: ["at"], whole: undefined } })
    expect(planned({}, nullable, "nullable")).toMatchObject({ plan: { key: ["at"], whole: undefined } })
  })

  it("says what does not go with it, with its path", () => {
    const why = "public.log has no primary key and no unique index over NOT NULL columns"
    expect(planned({ cursor: "at", deletes: { kind: "ignore" } })).toEqual({
      problems: [
        `tables[1].cursor: ${why}, so that it is read whole; leave cursor out, or name columns in key`,
        `tables[1].deletes: "ignore" does not go with a table that is read whole: ${why}; name columns in key`,
      ],
    })
    expect(planned({}, table, "refused")).toEqual({
      problems: [`tables[1].key: ${why}; name columns in key that are unique together`],
    })
    const rowids = { ...table, columns: columns({ RowId: "integer", oid: "integer", _rowid_: "integer" }) }
    expect(planned({}, rowids)).toMatchObject({ problems: [expect.stringMatching(/^tables\[1\]\.columns: .* rowid/)] })
  })

  it("leaves a wildcard's cursor aside, and keeps to marks", () => {
    expect(planned({ cursor: "at", isListed: true })).toMatchObject({ plan: { cursor: undefined, key: [] } })
    expect(planned({ deletes: { kind: "soft", column: "gone" } })).toMatchObject({ plan: { key: [] } })
  })
})

describe("how a table with a nullable unique index is replicated", () => {
  const asked: Array<MeasureRequest> = []
  const way = (rows: number | undefined, bytes: number, from?: Position) => {
    const source: Partial<SourceShape> = {
      readWhole: () => Effect.die("not to be read"),
      measure: (request) => {
        asked.push(request)
        return Effect.succeed({ rows, bytes })
      },
    }
    const effect = keylessWay(config({ whole: { rows: 10, bytes: 100 }, columns: ["*", "-gone"] }), nullable, from)
    return Effect.runPromise(Effect.provideService(effect, Source, source as SourceShape))
  }
  const position = (sweep: Position["sweep"]): Position => ({
    version: 1,
    sweep,
    after: null,
    trail: null,
    startedAt: 0,
    began: null,
  })

  it("is read whole while it is small, and by its index for good once it was too large", async () => {
    expect(await way(10, 100)).toBe("whole")
    expect(asked[0]?.columns.map(({ name }) => name)).toEqual(["at", "what"])
    expect(await way(undefined, 0)).toBe("whole")
    expect(await way(11, 100)).toBe("nullable")
    expect(await way(10, 101)).toBe("nullable")
    expect(await way(11, 100, position("whole"))).toBe("nullable")
    const count = asked.length
    expect(await way(1, 1, position("scan"))).toBe("nullable")
    expect(asked.length).toBe(count)
  })
})

it("says how large a table may be, what to raise, and how it gets a key", () => {
  const addKey = 'ALTER TABLE "log" ADD COLUMN "id" bigint'
  const most = { rows: 10, bytes: 2_000_000 }
  expect(beyondBound({ ...table, addKey }, { rows: 11, bytes: 0 }, most)).toMatchObject({
    code: "too-large",
    message: "public.log has more than 10 rows, and has no key by which it could be read in parts",
    hint: `Give the table a key at the source (${addKey}), or raise the bound where it is configured, such as "whole":{"rows":100}.`,
  })
  expect(beyondBound(table, { rows: 1, bytes: 2_000_001 }, most)).toMatchObject({
    message: "public.log has more than 2 MB, and has no key by which it could be read in parts",
    hint: expect.stringMatching(/^Name columns in key .* such as "whole":\{"bytes":20000000\}\.$/),
  })
})

import { describe, expect, it } from "vitest"
import type { TableConfig } from "../src/config/TableConfig.ts"
import { makePlan } from "../src/plan/Plan.ts"
import type { ColumnType, TableSchema } from "../src/table/Table.ts"
import { bareConfig } from "./support/config.ts"

const schema = (columns: ReadonlyArray<string>, key: ReadonlyArray<string> = ["id"]): TableSchema => ({
  name: { schema: "public", name: "orders" },
  kind: "table",
  columns: columns.map((name) => ({ name, type: "text", sourceType: "text", nullable: false })),
  key,
})

const config = (more: Partial<TableConfig> = {}): TableConfig => ({ ...bareConfig, ...more })

const problems = (more: Partial<TableConfig>, table: TableSchema) => {
  const planned = makePlan(config(more), table, false)
  return "problems" in planned ? planned.problems : []
}

describe("makePlan", () => {
  it("takes all columns and the source's key", () => {
    const planned = makePlan(
      config({ cursor: "updated_at", as: { status: "integer" } }),
      schema(["id", "status", "updated_at"]),
      false,
    )
    expect(planned).toMatchObject({
      plan: {
        key: ["id"],
        cursor: { name: "updated_at" },
        columns: [{ name: "id" }, { name: "status", as: "integer" }, { name: "updated_at" }],
      },
    })
  })

  it("names every column that is not there, with the nearest that is", () => {
    const table = schema(["id", "status", "updated_at"])
    expect(
      problems(
        {
          cursor: "updatedat",
          columns: ["id", "stauts"],
          key: ["uuid"],
          as: { x: "text" },
          where: [{ column: "statu", op: "isNull" }],
        },
        table,
      ),
    ).toEqual([
      'tables[1].columns[1]: no column "stauts" in public.orders; did you mean "status"?',
      'tables[1].as: no column "x" in public.orders',
      'tables[1].key[0]: no column "uuid" in public.orders',
      'tables[1].cursor: no column "updatedat" in public.orders; did you mean "updated_at"?',
      'tables[1].where[0].column: no column "statu" in public.orders; did you mean "status"?',
    ])
  })

  it("takes an overlap in the unit of the cursor", () => {
    const table = schema(["id", "at", "n", "s"])
    const typed = (type: "integer" | "timestamptz" | "text"): TableSchema => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, type, sourceType: type })),
    })
    const overlap = (more: Partial<TableConfig>, type: "integer" | "timestamptz" | "text", hasTransactions = false) => {
      const planned = makePlan(config({ cursor: "at", ...more }), typed(type), hasTransactions)
      return "plan" in planned ? planned.plan.overlap : planned.problems
    }
    expect(overlap({}, "integer")).toEqual({ millis: 60_000, values: 1000n })
    expect(overlap({}, "text", true)).toEqual({ millis: 10_000, values: 100n })
    expect(overlap({ overlap: "5 minutes" }, "timestamptz")).toMatchObject({ millis: 300_000 })
    expect(overlap({ overlap: 7 }, "integer")).toMatchObject({ values: 7n })
    expect(overlap({ overlap: 7 }, "timestamptz")).toEqual([
      'tables[1].overlap: must be a duration such as "1 minute", because the cursor "at" is timestamptz',
    ])
    expect(overlap({ overlap: "1 minute" }, "text")).toEqual([
      'tables[1].overlap: the cursor "at" is text, neither a time, an integer nor a decimal',
    ])
  })

  it("refuses a mark of deletion of which no value would tell that a row is there", () => {
    const soft = { deletes: { kind: "soft", column: "gone" } } as const
    expect(problems(soft, schema(["id", "gone"]))).toEqual([
      'tables[1].deletes.softDelete: "gone" is text and never NULL, so that all rows would be taken for deleted; name a boolean, a number (0 is not deleted) or a time, or leave deleted rows out with where',
    ])
    const mark = (type: ColumnType, nullable: boolean): TableSchema => ({
      ...schema(["id"]),
      columns: [...schema(["id"]).columns, { name: "gone", type, sourceType: type, nullable }],
    })
    for (const type of ["boolean", "integer", "timestamp", "date"] as const) {
      expect(problems(soft, mark(type, false))).toEqual([])
    }
    expect(problems(soft, mark("text", true))).toEqual([])
    expect(problems(soft, mark("json", false))).toHaveLength(1)
  })

  it("refuses what cannot be replicated right, and says what to do", () => {
    const wide = Array.from({ length: 101 }, (_, i) => `c${i}`)
    expect(problems({}, schema(["id", ...wide]))[0]).toMatch(/102 columns.*at most 100.*columns/)
    expect(problems({}, schema(["id", "Name", "name"]))[0]).toMatch(/"Name" and "name" differ only in case/)
    expect(problems({ columns: ["name"], cursor: "at" }, schema(["id", "name", "at"]))).toEqual([
      'tables[1].columns: must hold "id", which is the key',
      'tables[1].columns: must hold "at", which is the cursor',
    ])
    expect(
      problems({ as: { id: "text" }, deletes: { kind: "soft", column: "gon_at" } }, schema(["id", "gone_at"])),
    ).toEqual([
      'tables[1].as: "id" is in the key, which keeps its type',
      'tables[1].deletes.softDelete: no column "gon_at" in public.orders; did you mean "gone_at"?',
    ])
  })
})

import type { Column, Filter, TableSchema } from "@starbase-replication/core/source"
import { columnType } from "@starbase-replication/postgres-values"
import { makeStatements } from "@starbase-replication/sql-source"
import { describe, expect, it } from "vitest"
import { arrayLiteral } from "../src/internal/arrays.ts"
import { pinStatement } from "../src/internal/pin.ts"
import { operatorSchemas, quote, dialect } from "../src/internal/sql.ts"

const statements = makeStatements(dialect)

const column = (name: string, sourceType: string): Column => ({
  name,
  type: columnType(sourceType),
  sourceType,
  nullable: false,
})
const id = column("id", "bigint")
const at = column("at", "timestamp(3) with time zone")
const price = column("price", "money")
const nick = column('we"ird', "extensions.citext")
const table: TableSchema = {
  name: { schema: "public", name: "orders" },
  kind: "table",
  columns: [id, at, price, nick],
  key: ["id"],
}
const request = { table, columns: [id, at], where: [], order: ["id"], after: undefined, limit: 10, maxBytes: 1000 }

describe("statements.read", () => {
  it("reads from the start", () => {
    expect(statements.read(request)).toEqual({
      text: `SELECT t."id", t."at" FROM "public"."orders" AS t WHERE pg_catalog.now() IS NOT NULL ORDER BY t."id" LIMIT 10`,
      values: [],
    })
  })

  it("goes on after one value", () => {
    expect(statements.read({ ...request, after: ["7"] })).toEqual({
      text: `SELECT t."id", t."at" FROM "public"."orders" AS t WHERE pg_catalog.now() IS NOT NULL AND t."id" OPERATOR(pg_catalog.>) $1::bigint ORDER BY t."id" LIMIT 10`,
      values: ["7"],
    })
  })

  it("compares rows after several values, and fewer than the order has", () => {
    const order = ["at", "id"]
    expect(statements.read({ ...request, order, after: ["2024-01-01T00:00:00.000000Z", "7"] })).toMatchObject({
      text: expect.stringContaining(
        `AND (t."at", t."id") OPERATOR(pg_catalog.>) ($1::timestamp with time zone, $2::bigint) ORDER BY t."at", t."id" LIMIT 10`,
      ),
      values: ["2024-01-01T00:00:00.000000Z", "7"],
    })
    expect(statements.read({ ...request, order, after: ["2024-01-01T00:00:00.000000Z"] }).text).toContain(
      `AND t."at" OPERATOR(pg_catalog.>) $1::timestamp with time zone ORDER BY t."at", t."id"`,
    )
  })

  it("quotes names and keeps values out of the text", () => {
    const value = `'; DROP TABLE orders; --`
    const { text, values } = statements.read({
      ...request,
      table: { ...table, name: { schema: 'a"b', name: "select" } },
      columns: [nick],
      order: ['we"ird'],
      after: [value],
    })
    expect(text).toContain(`SELECT t."we""ird" FROM "a""b"."select" AS t`)
    expect(text).toContain(`t."we""ird"::extensions.citext > $1::extensions.citext`)
    expect(text).not.toContain("DROP")
    expect(values).toEqual([value])
  })

  it("reads money as a number, and compares it as money", () => {
    const { text } = statements.read({ ...request, columns: [price], order: ["price"], after: ["1.50"] })
    expect(text).toContain(`SELECT t."price"::numeric FROM`)
    expect(text).toContain(`t."price" OPERATOR(pg_catalog.>) $1::numeric::money`)
  })

  const filters: ReadonlyArray<readonly [Filter, string, ReadonlyArray<string>]> = [
    [{ column: "id", op: "eq", value: "1" }, `t."id" OPERATOR(pg_catalog.=) $1::bigint`, ["1"]],
    [{ column: "id", op: "neq", value: "1" }, `t."id" OPERATOR(pg_catalog.<>) $1::bigint`, ["1"]],
    [{ column: "id", op: "lt", value: "1" }, `t."id" OPERATOR(pg_catalog.<) $1::bigint`, ["1"]],
    [{ column: "id", op: "lte", value: "1" }, `t."id" OPERATOR(pg_catalog.<=) $1::bigint`, ["1"]],
    [{ column: "id", op: "gt", value: "1" }, `t."id" OPERATOR(pg_catalog.>) $1::bigint`, ["1"]],
    [{ column: "id", op: "gte", value: "1" }, `t."id" OPERATOR(pg_catalog.>=) $1::bigint`, ["1"]],
    [{ column: "id", op: "isNull" }, `t."id" IS NULL`, []],
    [{ column: "id", op: "isNotNull" }, `t."id" IS NOT NULL`, []],
    [{ column: "id", op: "in", values: ["1", "2"] }, `t."id" OPERATOR(pg_catalog.=) ANY($1::bigint[])`, ['{"1","2"}']],
    [{ column: "id", op: "in", values: [] }, `t."id" OPERATOR(pg_catalog.=) ANY($1::bigint[])`, ["{}"]],
    [
      { column: "price", op: "in", values: ["1"] },
      `t."price" OPERATOR(pg_catalog.=) ANY($1::numeric[]::money[])`,
      ['{"1"}'],
    ],
    [{ column: "gone", op: "eq", value: "1" }, `t."gone" OPERATOR(pg_catalog.=) $1::text`, ["1"]],
  ]
  it.each(filters)("filters by %j", (filter, condition, values) => {
    const statement = statements.read({ ...request, where: [filter] })
    expect(statement.text).toContain(`WHERE pg_catalog.now() IS NOT NULL AND ${condition} ORDER BY`)
    expect(statement.values).toEqual(values)
  })
})

describe("statements.lookup", () => {
  it("names rows by one key column and by several", () => {
    const lookup = { table, columns: [id], where: [{ column: "at", op: "isNotNull" } as const] }
    expect(statements.lookup({ ...lookup, key: ["id"], keys: [["1"], ["2"]] })).toEqual({
      text: `SELECT t."id" FROM "public"."orders" AS t WHERE pg_catalog.now() IS NOT NULL AND t."at" IS NOT NULL AND t."id" OPERATOR(pg_catalog.=) ANY($1::bigint[])`,
      values: ['{"1","2"}'],
    })
    const keys = [
      ["1", "a"],
      ["2", 'b"'],
    ]
    expect(statements.lookup({ ...lookup, key: ["id", 'we"ird'], keys })).toMatchObject({
      text: expect.stringContaining(
        `(t."id", t."we""ird"::extensions.citext) = ANY (SELECT * FROM unnest($1::bigint[], $2::extensions.citext[]))`,
      ),
      values: ['{"1","2"}', '{"a","b\\""}'],
    })
  })
})

describe("statements.highest", () => {
  it("takes the last of the order", () => {
    expect(statements.highest(table, at, [{ column: "id", op: "gt", value: "3" }])).toEqual({
      text: `SELECT t."at" FROM "public"."orders" AS t WHERE pg_catalog.now() IS NOT NULL AND t."at" IS NOT NULL AND t."id" OPERATOR(pg_catalog.>) $1::bigint ORDER BY t."at" DESC LIMIT 1`,
      values: ["3"],
    })
  })
})

describe("pinStatement", () => {
  const options = { statementTimeout: 1500, rowSecurity: "refuse", readsMoney: false } as const

  it("looks for names among the system's first, then where types are, and last where the session does", () => {
    const fixed = pinStatement({ ...options, path: "system" }).text
    expect(fixed).toContain("pg_catalog.set_config('statement_timeout', '1500', true)")
    expect(fixed).toContain("pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)")
    expect(pinStatement({ ...options, path: { added: [], session: false } }).text).toBe(fixed)
    const added = pinStatement({ ...options, path: { added: ["a", '"B"'], session: false } })
    expect(added.values).toEqual(['pg_catalog, a, "B"'])
    expect(added.text).not.toContain("current_setting('search_path')")
    const session = pinStatement({ ...options, path: { added: [], session: true } })
    expect(session.values).toEqual(["pg_catalog"])
    expect(session.text).toContain("current_setting('search_path')")
  })

  it("waits for a lock for 3 seconds, but no longer than a statement may take", () => {
    const of = (statementTimeout: number) => pinStatement({ ...options, statementTimeout, path: "system" }).text
    expect(of(30_000)).toContain("set_config('lock_timeout', '3000', true)")
    expect(of(1500)).toContain("set_config('lock_timeout', '1500', true)")
  })

  it("has row level security be an error, unless it is accepted, and heeds no role's own money", () => {
    const of = (more: object) => pinStatement({ ...options, path: "system", ...more }).text
    expect(of({})).toContain("set_config('row_security', 'off', true)")
    expect(of({ rowSecurity: "accept" })).toContain("set_config('row_security', 'on', true)")
    expect(of({})).not.toContain("lc_monetary")
    expect(of({ readsMoney: true })).toContain("set_config('lc_monetary', 'C', true)")
  })

  it("adds the schemas of the types that are compared", () => {
    expect(operatorSchemas(table, ["id"])).toEqual([])
    expect(operatorSchemas(table, ["id", 'we"ird'])).toEqual(["extensions"])
  })
})

describe("quoting", () => {
  it("doubles quotes in names and escapes array elements", () => {
    expect(quote('a"b')).toBe('"a""b"')
    expect(arrayLiteral(["", "a,b", '"', "\\", "NULL", "{}"])).toBe('{"","a,b","\\"","\\\\","NULL","{}"}')
  })
})

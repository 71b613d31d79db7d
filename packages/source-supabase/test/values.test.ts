import { bareType, columnType } from "@starbase-replication/postgres-values"
import { describe, expect, it } from "vitest"
import { normalType, schemaOfType } from "../src/internal/types.ts"
import { isCast, toBound, toCanonical } from "../src/internal/values.ts"

describe("types", () => {
  it.each([
    ["int4", "integer", "integer"],
    ["int32", "integer", "integer"],
    ["int64", "bigint", "integer"],
    ["INT8", "bigint", "integer"],
    ["float8", "double precision", "real"],
    ["decimal(10, 2)", "numeric(10,2)", "decimal"],
    ["bool", "boolean", "boolean"],
    ["varchar(20)", "character varying(20)", "text"],
    ["char(3)", "character(3)", "text"],
    ["bit(1)", "bit(1)", "boolean"],
    ["timestamptz", "timestamp with time zone", "timestamptz"],
    ["timestamptz(3)", "timestamp(3) with time zone", "timestamptz"],
    ["Timestamp  With Time Zone", "timestamp with time zone", "timestamptz"],
    ["timestamp", "timestamp without time zone", "timestamp"],
    ["time(0)", "time(0) without time zone", "time"],
    ["timetz", "time with time zone", "text"],
    ["int8[]", "bigint[]", "json"],
    ["numeric(10,2)[]", "numeric(10,2)[]", "json"],
    ["public.mood", "public.mood", "text"],
    ['public."My Type"', 'public."My Type"', "text"],
    ['"char"', '"char"', "text"],
    ["interval day to second(3)", "interval day to second(3)", "text"],
  ])("%s is %s", (text, name, type) => {
    expect([normalType(text), columnType(normalType(text))]).toEqual([name, type])
  })

  it.each([
    ["integer", undefined, "integer"],
    ["extensions.citext", "extensions", "extensions.citext"],
    ['"My ""S"". x".mood', 'My "S". x', '"My ""S"". x".mood'],
    ["gis.geometry(Point,4326)", "gis", "gis.geometry"],
  ])("knows the schema and the bare name of %s", (type, schema, bare) => {
    expect([schemaOfType(type), bareType(type)]).toEqual([schema, bare])
  })

  it("casts what prints the same as text", () => {
    expect(["character(3)", "inet", "cidr", "xml"].filter(isCast)).toEqual([])
    expect(
      ["character(3)[]", "character varying(3)", "text", "inet[]", '"char"', "money"].filter((one) => !isCast(one)),
    ).toEqual([])
  })
})

describe("toCanonical", () => {
  it.each([
    ["bigint", "-9223372036854775808", "-9223372036854775808"],
    ["boolean", "true", "1"],
    ["boolean", "f", "0"],
    ["bit(1)", "1", "1"],
    ["bytea", "\\x00ff", "00ff"],
    ["money", "-$92,233,720,368,547,758.08", "-92233720368547758.08"],
    ["money", "$0.50", "0.50"],
    ["timestamp without time zone", "2024-02-29 23:59:59", "2024-02-29T23:59:59.000000"],
    ["timestamp without time zone", "2024-02-29T23:59:59.1", "2024-02-29T23:59:59.100000"],
    ["timestamp without time zone", "0044-03-15 12:00:00.123 BC", "0044-03-15 12:00:00.123 BC"],
    ["timestamp without time zone", "10000-01-01T00:00:00", "10000-01-01 00:00:00"],
    ["timestamp without time zone", "-infinity", "-infinity"],
    ["timestamp with time zone", "2024-02-29 23:59:59.5+00", "2024-02-29T23:59:59.500000Z"],
    ["timestamp with time zone", "2024-02-29T23:59:59.123456+00:00", "2024-02-29T23:59:59.123456Z"],
    ["timestamp with time zone", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000Z"],
    ["timestamp with time zone", "0044-03-15T12:00:00+00:00 BC", "0044-03-15 12:00:00+00 BC"],
    ["timestamp with time zone", "infinity", "infinity"],
    ["time without time zone", "24:00:00", "24:00:00.000000"],
    ["interval", "1 year 2 mons -3 days +04:05:06.789", "1 year 2 mons -3 days +04:05:06.789"],
    ["tstzrange", '["2024-01-01 00:00:00+00",)', '["2024-01-01 00:00:00+00",)'],
    ["integer[]", "[-1:0]={1,NULL}", "[1,null]"],
    ["timestamp with time zone[]", '{"2024-01-01 00:00:00+00"}', '["2024-01-01T00:00:00.000000Z"]'],
    ["box[]", "{(1,1),(0,0);(2,2),(1,1)}", '["(1,1),(0,0)","(2,2),(1,1)"]'],
  ])("turns %s %s into %s", (type, printed, canonical) => {
    expect(toCanonical(type)(printed)).toBe(canonical)
  })

  it.each([
    ["bigint", "9.007199254740992e15"],
    ["bigint", ""],
    ["numeric", "1,5"],
    ["double precision", "1e3"],
    ["boolean", "yes"],
    ["bit(1)", "01"],
    ["bytea", "\\000\\377"],
    ["bytea", "\\x0"],
    ["money", "1.234,50 €"],
    ["money", "$1,234"],
    ["date", "29.02.2024"],
    ["date", "02/29/2024"],
    ["time without time zone", "11:00 PM"],
    ["timestamp without time zone", "2024-02-29 23:59:59+00"],
    ["timestamp without time zone", "Thu Feb 29 23:59:59 2024"],
    ["timestamp with time zone", "2024-02-29 23:59:59"],
    ["timestamp with time zone", "2024-02-29 23:59:59+01"],
    ["timestamp with time zone", "2024-02-29 23:59:59-00:30"],
    ["interval", "P1Y2M"],
    ["interval", "@ 1 year"],
    ["interval", "1-2 3 4:05:06"],
    ["interval", ""],
    ["tstzrange", '["2024-01-01 00:00:00+01",)'],
    ["integer[]", "1,2"],
    ["integer[]", "{1,x}"],
    ["integer[]", "{1,2"],
    ["timestamp with time zone[]", '{"2024-01-01 00:00:00+02"}'],
  ])("makes no guess of %s %s", (type, printed) => {
    expect(toCanonical(type)(printed)).toBeUndefined()
  })
})

describe("toBound", () => {
  it.each([
    ["bytea", "00ff", "\\x00ff"],
    ["bytea", "\\x00ff", "\\x00ff"],
    ["boolean", "1", "true"],
    ["boolean", "0", "false"],
    ["boolean", "maybe", "maybe"],
    ["text", "1", "1"],
  ])("gives %s %s back as %s", (type, canonical, bound) => {
    expect(toBound(type, canonical)).toBe(bound)
  })
})

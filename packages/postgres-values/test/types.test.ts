import { describe, expect, it } from "vitest"
import { bareType, columnType, elementType, schemaOfType } from "../src/index.ts"

describe("types", () => {
  it.each([
    ["smallint", "integer"],
    ["bigint", "integer"],
    ["real", "real"],
    ["numeric", "decimal"],
    ["money", "decimal"],
    ["boolean", "boolean"],
    ["bit(2)", "text"],
    ["bit varying(1)", "text"],
    ["bytea", "blob"],
    ["jsonb", "json"],
    ["date", "date"],
    ["time(3) without time zone", "time"],
    ["timestamp(3) without time zone", "timestamp"],
    ["timestamp(0) with time zone", "timestamptz"],
    ["public.mood", "text"],
    ['kinds."integer"', "text"],
    ['public."odd[]"', "text"],
    ["integer", "integer"],
    ["oid", "integer"],
    ["double precision", "real"],
    ["numeric(10,2)", "decimal"],
    ["bit(1)", "boolean"],
    ["bit(8)", "text"],
    ['"bit"', "text"],
    ["bit varying(5)", "text"],
    ["character(3)", "text"],
    ["character varying(20)", "text"],
    ['"char"', "text"],
    ["timestamp(3) with time zone", "timestamptz"],
    ["timestamp without time zone", "timestamp"],
    ["time(0) without time zone", "time"],
    ["time with time zone", "text"],
    ["interval day to second(3)", "text"],
    ["interval(3)", "text"],
    ["numeric(10,2)[]", "json"],
    ["character(3)[]", "json"],
    ['"My (S)"."t(1)"', "text"],
    ['public."integer"', "text"],
    ["gis.geometry(Point,4326)", "text"],
    ["constructor", "text"],
  ])("%s becomes %s", (sourceType, type) => {
    expect(columnType(sourceType)).toBe(type)
  })

  it.each([
    ["integer", "integer"],
    ["oid", "oid"],
    ["double precision", "double precision"],
    ["numeric(10,2)", "numeric"],
    ["bit(1)", "bit"],
    ["bit(8)", "bit"],
    ['"bit"', '"bit"'],
    ["bit varying(5)", "bit varying"],
    ["character(3)", "character"],
    ["character varying(20)", "character varying"],
    ['"char"', '"char"'],
    ["timestamp(3) with time zone", "timestamp with time zone"],
    ["timestamp without time zone", "timestamp without time zone"],
    ["time(0) without time zone", "time without time zone"],
    ["time with time zone", "time with time zone"],
    ["interval day to second(3)", "interval day to second"],
    ["interval(3)", "interval"],
    ["numeric(10,2)[]", "numeric[]"],
    ["character(3)[]", "character[]"],
    ['"My (S)"."t(1)"', '"My (S)"."t(1)"'],
    ['public."integer"', 'public."integer"'],
    ["gis.geometry(Point,4326)", "gis.geometry"],
    ["constructor", "constructor"],
  ])("%s without modifiers is %s", (sourceType, bare) => {
    expect(bareType(sourceType)).toBe(bare)
  })

  it.each([
    ["integer", undefined, "integer", undefined],
    ["gis.geometry(Point,4326)", "gis", "gis.geometry", undefined],
    ['"My ""S"". x".mood', '"My ""S"". x"', '"My ""S"". x".mood', undefined],
    ['public."My (odd) type"', "public", 'public."My (odd) type"', undefined],
    ["extensions.citext[]", "extensions", "extensions.citext[]", "extensions.citext"],
  ])("knows the schema, the bare name and the elements of %s", (sourceType, schema, bare, element) => {
    expect([schemaOfType(sourceType), bareType(sourceType), elementType(sourceType)]).toEqual([schema, bare, element])
  })
})

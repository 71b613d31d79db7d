import { describe, expect, it } from "vitest"
import { castType } from "../src/internal/types.ts"
import { toBound, toCanonical } from "../src/internal/values.ts"

describe("castType", () => {
  it.each([
    ["integer", "integer"],
    ["oid", "oid"],
    ["double precision", "double precision"],
    ["numeric(10,2)", "numeric"],
    ["bit(1)", '"bit"'],
    ["bit(8)", '"bit"'],
    ['"bit"', '"bit"'],
    ["bit varying(5)", "bit varying"],
    ["character(3)", "bpchar"],
    ["character varying(20)", "character varying"],
    ['"char"', '"char"'],
    ["timestamp(3) with time zone", "timestamp with time zone"],
    ["timestamp without time zone", "timestamp without time zone"],
    ["time(0) without time zone", "time without time zone"],
    ["time with time zone", "time with time zone"],
    ["interval day to second(3)", "interval"],
    ["interval(3)", "interval"],
    ["numeric(10,2)[]", "numeric[]"],
    ["character(3)[]", "bpchar[]"],
    ['"My (S)"."t(1)"', '"My (S)"."t(1)"'],
    ['public."integer"', 'public."integer"'],
    ["gis.geometry(Point,4326)", "gis.geometry"],
    ["constructor", "constructor"],
  ])("casts to %s as %s", (sourceType, cast) => {
    expect(castType(sourceType)).toBe(cast)
  })
})

describe("toCanonical", () => {
  it.each([
    ["boolean", "t", "1"],
    ["boolean", "f", "0"],
    ["bit(1)", "1", "1"],
    ["bytea", "\\x00ff", "00ff"],
    ["bytea", "\\x", ""],
    ["bigint", "-9223372036854775808", "-9223372036854775808"],
    ["timestamp without time zone", "2024-02-29 23:59:59", "2024-02-29T23:59:59.000000"],
    ["timestamp without time zone", "2024-02-29 23:59:59.1", "2024-02-29T23:59:59.100000"],
    ["timestamp without time zone", "2024-02-29 23:59:59.12345", "2024-02-29T23:59:59.123450"],
    ["timestamp without time zone", "2024-02-29 23:59:59.123456", "2024-02-29T23:59:59.123456"],
    ["timestamp without time zone", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"],
    ["timestamp without time zone", "10000-01-01 00:00:00", "10000-01-01 00:00:00"],
    ["timestamp without time zone", "294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999"],
    ["timestamp without time zone", "0001-01-01 00:00:00", "0001-01-01T00:00:00.000000"],
    ["timestamp without time zone", "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00 BC"],
    ["timestamp without time zone", "0044-03-15 12:00:00.123 BC", "0044-03-15 12:00:00.123 BC"],
    ["timestamp without time zone", "0044-03-15 12:00:00.123456 BC", "0044-03-15 12:00:00.123456 BC"],
    ["timestamp without time zone", "infinity", "infinity"],
    ["timestamp(3) with time zone", "2024-02-29 23:59:59.5+00", "2024-02-29T23:59:59.500000Z"],
    ["timestamp with time zone", "2024-02-29 23:59:59+00", "2024-02-29T23:59:59.000000Z"],
    ["timestamp with time zone", "2024-02-29 23:59:59.123456+00", "2024-02-29T23:59:59.123456Z"],
    ["timestamp with time zone", "0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC"],
    ["timestamp with time zone", "12024-03-15 12:00:00.1+00", "12024-03-15 12:00:00.1+00"],
    ["timestamp with time zone", "-infinity", "-infinity"],
    ["time without time zone", "24:00:00", "24:00:00.000000"],
    ["time without time zone", "12:34:56.78", "12:34:56.780000"],
    ["time without time zone", "12:34:56.789012", "12:34:56.789012"],
    ["integer[]", "{}", "[]"],
    ["integer[]", "{1,NULL,-2}", "[1,null,-2]"],
    ["integer[]", "[-1:0]={1,2}", "[1,2]"],
    ["bigint[]", "{{9223372036854775807},{-9223372036854775808}}", "[[9223372036854775807],[-9223372036854775808]]"],
    ["numeric[]", "{1.10,NaN}", '["1.10","NaN"]'],
    ["double precision[]", "{0.1,1e+300,-0,NaN,-Infinity,1e-05}", '[0.1,1e+300,-0,"NaN","-Infinity",1e-05]'],
    ["boolean[]", "{t,f,NULL}", "[true,false,null]"],
    ["bit(1)[]", "{1,0}", "[true,false]"],
    ["bytea[]", '{"\\\\x00ff","\\\\x"}', '["00ff",""]'],
    ["text[]", '{a,"b c","",NULL,"NULL","q\\"\\\\","{,}"}', '["a","b c","",null,"NULL","q\\"\\\\","{,}"]'],
    ["text[]", '{"line\nbreak",ünï}', '["line\\nbreak","ünï"]'],
    ["jsonb[]", '{"{\\"a\\": [1, \\"x\\"]}",NULL,1}', '[{"a": [1, "x"]},null,1]'],
    ["timestamp with time zone[]", '{"2024-01-01 00:00:00+00",infinity}', '["2024-01-01T00:00:00.000000Z","infinity"]'],
    ["box[]", "{(1,1),(0,0);(2,2),(1,1)}", '["(1,1),(0,0)","(2,2),(1,1)"]'],
    ["public.mood[]", "{sad,ok}", '["sad","ok"]'],
    ["integer[][]", '{"{1,2}","{3}"}', "[[1,2],[3]]"],
  ])("turns %s %s into %s", (sourceType, printed, canonical) => {
    expect((toCanonical(sourceType) ?? ((text: string) => text))(printed)).toBe(canonical)
  })

  it("leaves alone what is canonical as printed", () => {
    for (const type of [
      "integer",
      "numeric(3,1)",
      "real",
      "text",
      "uuid",
      "json",
      "jsonb",
      "date",
      "money",
      "interval",
    ]) {
      expect(toCanonical(type)).toBeUndefined()
    }
  })
})

describe("toBound", () => {
  it("gives bytes the prefix that PostgreSQL reads", () => {
    expect([toBound("bytea")("00ff"), toBound("bytea")("\\x00ff"), toBound("text")("00ff")]).toEqual([
      "\\x00ff",
      "\\x00ff",
      "00ff",
    ])
  })
})

import type { TableSchema } from "@starbase-replication/core/source"
import { describe, expect, it } from "vitest"
import { arrayConverter, arrayInOrder, columnType, type Convert, elementType } from "../src/index.ts"

/** Elements as they are, but for booleans, for bytes and for arrays in arrays. */
const canonical = (sourceType: string): Convert => {
  const element = elementType(sourceType)
  if (element !== undefined) return arrayConverter(element, canonical)
  switch (columnType(sourceType)) {
    case "boolean":
      return (text) => (text === "t" ? "1" : "0")
    case "blob":
      return (text) => (text.startsWith("\\x") ? text.slice(2) : undefined)
    default:
      return (text) => text
  }
}

describe("arrayConverter", () => {
  it.each([
    ["integer", "{}", "[]"],
    ["integer", "{1,NULL,-2}", "[1,null,-2]"],
    ["integer", "[-1:0]={1,2}", "[1,2]"],
    ["bigint", "{{9223372036854775807},{-9223372036854775808}}", "[[9223372036854775807],[-9223372036854775808]]"],
    ["numeric", "{1.10,NaN}", '["1.10","NaN"]'],
    ["double precision", "{0.1,1e+300,-0,NaN,-Infinity,1e-05}", '[0.1,1e+300,-0,"NaN","-Infinity",1e-05]'],
    ["boolean", "{t,f,NULL}", "[true,false,null]"],
    ["bytea", '{"\\\\x00ff","\\\\x"}', '["00ff",""]'],
    ["text", '{a,"b c","",NULL,"NULL","q\\"\\\\","{,}"}', '["a","b c","",null,"NULL","q\\"\\\\","{,}"]'],
    ["text", '{"line\nbreak",ünï}', '["line\\nbreak","ünï"]'],
    ["jsonb", '{"{\\"a\\": [1, \\"x\\"]}",NULL,1}', '[{"a": [1, "x"]},null,1]'],
    ["box", "{(1,1),(0,0);(2,2),(1,1)}", '["(1,1),(0,0)","(2,2),(1,1)"]'],
    ["integer[]", '{"{1,2}","{3}"}', "[[1,2],[3]]"],
  ])("turns %s[] %s into %s", (element, printed, json) => {
    expect(arrayConverter(element, canonical)(printed)).toBe(json)
  })

  it.each([
    ["integer", ""],
    ["integer", "1,2"],
    ["integer", "{1,2"],
    ["integer", "{1}2"],
    ["integer", "x={1}"],
    ["text", '{"a}'],
    ["bytea", "{00ff}"],
    ["integer[]", '{"1"}'],
  ])("takes no array of %s from %s", (element, printed) => {
    expect(arrayConverter(element, canonical)(printed)).toBeUndefined()
  })
})

describe("arrayInOrder", () => {
  const column = (name: string, sourceType: string) => ({
    name,
    sourceType,
    type: columnType(sourceType),
    nullable: false,
  })
  const table: TableSchema = {
    name: { schema: "public", name: "t" },
    kind: "table",
    columns: [column("id", "integer"), column("tags", "text[]")],
    key: ["id"],
  }

  it("names the column that is an array", () => {
    expect(arrayInOrder(table, ["id"])).toBeUndefined()
    expect(arrayInOrder(table, ["id", "tags"])).toMatchObject({ code: "unsupported", column: "tags" })
  })
})

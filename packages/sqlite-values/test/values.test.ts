import { DatabaseSync } from "node:sqlite"
import type { Column, TableSchema } from "@starbase-replication/core/source"
import { makeStatements } from "@starbase-replication/sql-source"
import { expect, it } from "vitest"
import { makeDialect, splitKeys } from "../src/index.ts"
import { columnType, isMixed } from "../src/types.ts"
import { alsoMeant, ambiguity, type Stored, toBound, toCanonical } from "../src/values.ts"

const column = (declared: string, name = "k"): Column => ({
  name,
  type: columnType(declared),
  sourceType: declared,
  nullable: false,
})

it.each([
  ["INTEGER", "integer"],
  ["UNSIGNED BIG INT", "integer"],
  ["CHARINT", "integer"],
  ["VARCHAR(3)", "text"],
  ["BLOB", "blob"],
  ["DOUBLE PRECISION", "real"],
  ["boolean", "boolean"],
  ["DATETIME", "text"],
  ["", "text"],
])("%s becomes %s", (declared, type) => expect(columnType(declared)).toBe(type))

it("says which columns may hold numbers and texts alike", () => {
  expect(["", "ANY", "DECIMAL(10, 2)", "DATETIME"].every(isMixed)).toBe(true)
  expect(["TEXT", "INTEGER", "REAL", "BLOB", "BOOLEAN"].some(isMixed)).toBe(false)
})

it.each<readonly [declared: string, text: string, bound: object, also: ReadonlyArray<object>]>([
  ["INTEGER", "7", { kind: "integer", param: "7" }, []],
  ["TEXT", "7", { kind: "text", param: "7" }, []],
  ["REAL", "7", { kind: "real", param: 7 }, [{ kind: "text", param: "7" }]],
  ["REAL", "Infinity", { kind: "infinity", param: "9e999" }, [{ kind: "text", param: "Infinity" }]],
  ["REAL", "NaN", { kind: "text", param: "NaN" }, []],
  ["BLOB", "ff", { kind: "blob", param: "ff" }, []],
  ["ANY", "7", { kind: "integer", param: "7" }, [{ kind: "text", param: "7" }]],
  ["ANY", "1.5", { kind: "real", param: 1.5 }, [{ kind: "text", param: "1.5" }]],
  ["ANY", "1.50", { kind: "text", param: "1.50" }, []],
  ["ANY", "b", { kind: "text", param: "b" }, []],
  [
    "ANY",
    "4611686018427388000",
    { kind: "integer", param: "4611686018427388000" },
    [
      { kind: "text", param: "4611686018427388000" },
      { kind: "real", param: 2 ** 62 },
    ],
  ],
])("in %s, %s stands for %j, and for %j too", (declared, text, bound, also) => {
  expect(toBound(column(declared), text)).toEqual(bound)
  expect(alsoMeant(column(declared), text)).toEqual(also)
})

it.each<readonly [declared: string, stored: Stored, what: string | undefined]>([
  ["ANY", { kind: "t", text: "1" }, "a text that reads like a number"],
  ["ANY", { kind: "t", text: "b" }, undefined],
  ["ANY", { kind: "i", text: "1" }, undefined],
  ["ANY", { kind: "r", text: "1.5" }, undefined],
  ["ANY", { kind: "r", text: "4611686018427388000" }, "a double that reads like an integer"],
  ["REAL", { kind: "r", text: "4611686018427388000" }, undefined],
  ["REAL", { kind: "t", text: "Infinity" }, "a text that reads like a number"],
  ["REAL", { kind: "t", text: "NaN" }, undefined],
  ["TEXT", { kind: "t", text: "1" }, undefined],
])("in a key of %s, %j: %s", (declared, stored, what) => {
  expect(ambiguity(column(declared), stored)).toBe(what)
})

it.each<readonly [declared: string, stored: Stored, came: unknown]>([
  ["INTEGER", { kind: "t", text: "1" }, { misfit: "a text" }],
  ["TEXT", { kind: "x", text: "" }, { misfit: "a text that is not UTF-8" }],
  ["BOOLEAN", { kind: "i", text: "2" }, { misfit: "an integer that is no boolean" }],
  ["REAL", { kind: "t", text: "NaN" }, "NaN"],
  ["ANY", { kind: "b", text: "00" }, { misfit: "a blob" }],
  ["ANY", { kind: "i", text: "1" }, "1"],
])("in %s, %j is %j", (declared, stored, came) => {
  expect(toCanonical({ ...column(declared) }, stored)).toEqual(came)
})

const { lookup, read } = makeStatements(
  makeDialect({ selected: (name) => `quote(${name})`, digits: (expression) => `${expression}`, maxColumns: 100 }),
)

it("finds a key by every value that it may stand for, alone and beside others, and by eq and in", () => {
  const database = new DatabaseSync(":memory:")
  database.exec("CREATE TABLE z (k PRIMARY KEY NOT NULL, v ANY); INSERT INTO z VALUES ('1', 1), ('b', '2'), (2, 2)")
  const columns = [column("ANY"), column("ANY", "v")]
  const table: TableSchema = { name: { name: "z" }, kind: "table", columns, key: ["k"] }
  const found = ({ text, values }: ReturnType<typeof lookup>) =>
    database
      .prepare(text)
      .all(...values)
      .map(({ c0 }) => c0)
  const asked = { table, columns, where: [] }
  expect(found(lookup({ ...asked, key: ["k"], keys: [["1"], ["b"], ["2"]] })).toSorted()).toEqual(["'1'", "'b'", "2"])
  expect(
    found(
      lookup({
        ...asked,
        key: ["k", "v"],
        keys: [
          ["1", "1"],
          ["b", "2"],
        ],
      }),
    ).toSorted(),
  ).toEqual(["'1'", "'b'"])
  const page = { ...asked, order: ["k"], after: undefined, limit: 10, maxBytes: 1000 }
  expect(found(read({ ...page, where: [{ column: "k", op: "eq", value: "1" }] }))).toEqual(["'1'"])
  expect(found(read({ ...page, where: [{ column: "k", op: "neq", value: "1" }] }))).toEqual(["2", "'b'"])
  expect(found(read({ ...page, where: [{ column: "v", op: "in", values: ["2"] }] }))).toEqual(["2", "'b'"])
})

it("splits a look-up of long keys into parts whose parameter a Durable Object takes", () => {
  const table: TableSchema = { name: { name: "t" }, kind: "table", columns: [column("TEXT")], key: ["k"] }
  const keys = ["a", "b", "c", "d", "e"].map((letter) => [letter.repeat(150_000)])
  const parts = splitKeys({ table, columns: table.columns, where: [], key: ["k"], keys })
  expect(parts.map((part) => part.keys.length)).toEqual([2, 2, 1])
  expect(parts.flatMap((part) => part.keys)).toEqual(keys)
})

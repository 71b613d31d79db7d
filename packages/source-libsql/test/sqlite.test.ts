import { describeAll, readPage } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import { type Sqld, startSqld } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { withSource } from "./support/source.ts"

let server: Sqld
beforeAll(async () => {
  server = await startSqld()
  for (const statement of setup) await server.execute(statement)
})
afterAll(() => server?.stop())

const setup = [
  "CREATE TABLE texts (id TEXT PRIMARY KEY NOT NULL, v TEXT)",
  "CREATE TABLE odd (id INTEGER PRIMARY KEY, i INT, t TEXT, r REAL, b BLOB, yes BOOLEAN, n DECIMAL)",
  "CREATE TABLE loose (k PRIMARY KEY NOT NULL, v TEXT)",
  "CREATE TABLE doubles (k REAL PRIMARY KEY NOT NULL)",
]

const ask = <A, E>(effect: Effect.Effect<A, E, Source>) =>
  withSource({ url: server.url, token: server.readToken }, effect)

const describe = async (name: string): Promise<TableSchema> => {
  const [found] = await ask(describeAll([{ name }]))
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

const readAll = (table: TableSchema) =>
  readPage({ table, columns: table.columns, where: [], order: table.key, after: undefined, limit: 1000, maxBytes: 1e9 })

const lookUp = (table: TableSchema, keys: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.flatMap(Source, (source) => source.lookup({ table, columns: table.columns, where: [], key: table.key, keys }))

it("lists tables, and nothing of the server's own", async () => {
  const listed = await ask(Effect.flatMap(Source, (source) => source.list(undefined)))
  expect(listed.map(({ name }) => name)).toEqual(["doubles", "loose", "odd", "texts"])
})

it("tells indexes of every kind, and foreign keys, those that name no columns too", async () => {
  const made = [
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    `CREATE TABLE children (id INTEGER PRIMARY KEY, a TEXT, b TEXT, "from" INTEGER REFERENCES parents,
      x TEXT, y TEXT, FOREIGN KEY (x, y) REFERENCES texts (id, v))`,
    "CREATE INDEX plain ON children (b, a DESC)",
    "CREATE INDEX partly ON children (a) WHERE b > 1",
    "CREATE INDEX lowered ON children (lower(a))",
  ]
  for (const statement of made) await server.execute(statement)
  const table = await describe("children")
  const { indexes, relations } = await ask(
    Effect.flatMap(Source, ({ structure }) => structure?.(table) ?? Effect.die("no structure")),
  )
  expect(indexes).toEqual([
    { name: "lowered", columns: [], unfit: "is over an expression" },
    { name: "partly", columns: [{ name: "a", descending: false }], unfit: "is of some rows only" },
    {
      name: "plain",
      columns: [
        { name: "b", descending: false },
        { name: "a", descending: true },
      ],
    },
  ])
  expect(relations.map(({ columns, references }) => [columns, references])).toEqual([
    [["x", "y"], { table: { name: "texts" }, columns: ["id", "v"] }],
    [["from"], { table: { name: "parents" }, columns: [] }],
  ])
  for (const name of ["children", "parents"]) await server.execute(`DROP TABLE ${name}`)
})

it("reads, pages and finds texts with NUL, byte order marks and replacement characters", async () => {
  const texts = ["", "\0", "a", "a\0", "a\0b", "\uFEFFa", "a\uFFFD"]
  const sql = (text: string) => `CAST(x'${Buffer.from(text).toString("hex")}' AS TEXT)`
  await server.execute(`INSERT INTO texts VALUES ${texts.map((text) => `(${sql(text)}, ${sql(text)})`).join(", ")}`)
  const table = await describe("texts")
  const rows = texts
    .map((text) => [text, text])
    .toSorted(([a = ""], [b = ""]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect((await ask(readAll(table))).rows).toEqual(rows)
  for (const [place, row] of rows.entries()) {
    const request = { table, columns: table.columns, where: [], order: ["id"], limit: 10, maxBytes: 1e9 }
    expect((await ask(readPage({ ...request, after: [row[0] ?? ""] }))).rows).toEqual(rows.slice(place + 1))
  }
  expect(
    (
      await ask(
        lookUp(
          table,
          texts.map((text) => [text]),
        ),
      )
    ).length,
  ).toBe(texts.length)
})

it.each([
  ["i", "'abc'", "a text"],
  ["i", "1.5", "a double"],
  ["t", "x'00'", "a blob"],
  ["t", "CAST(x'61ff' AS TEXT)", "a text that is not UTF-8"],
  ["r", "'abc'", "a text"],
  ["b", "1", "an integer"],
  ["yes", "2", "an integer that is no boolean"],
  ["n", "x'00'", "a blob"],
])("refuses a value that its column's type has no place for: %s = %s", async (column, value, what) => {
  await server.execute("DELETE FROM odd")
  await server.execute(`INSERT INTO odd (id, ${column}) VALUES (7, ${value})`)
  const error = await ask(Effect.flip(readAll(await describe("odd"))))
  expect(error).toMatchObject({ code: "unsupported", table: "odd", column, key: '["7"]' })
  expect(error.message).toContain(what)
})

it("takes no key for absent that is there as a value of another class", async () => {
  await server.execute("INSERT INTO loose VALUES (2, 'two'), ('b', 'b')")
  const table = await describe("loose")
  expect((await ask(lookUp(table, [["2"], ["b"], ["c"]]))).length).toBe(2)
  await server.execute("INSERT INTO loose VALUES ('1', 'one')")
  const refusal = { code: "unsupported", table: "loose", column: "k", key: '["1"]' }
  expect(await ask(Effect.flip(readAll(table)))).toMatchObject(refusal)
  expect(await ask(Effect.flip(lookUp(table, [["1"]])))).toMatchObject(refusal)
})

it("finds every double by key, infinities too", async () => {
  const values = new Float64Array(500)
  const words = new Uint32Array(values.buffer)
  for (let place = 0; place < words.length; place++) words[place] = Math.imul(place + 1, 2654435761)
  const keys = [...values].filter(Number.isFinite).map(String)
  await server.execute(
    `INSERT INTO doubles SELECT value FROM json_each('[${keys.join(",")},9e999,-9e999]') WHERE true ON CONFLICT DO NOTHING`,
  )
  const doubles = await describe("doubles")
  const read = (await ask(readAll(doubles))).rows.map(([key]) => key ?? "")
  expect(new Set(read)).toEqual(new Set([...keys, "Infinity", "-Infinity"]))
  expect(
    (
      await ask(
        lookUp(
          doubles,
          read.map((key) => [key]),
        ),
      )
    ).length,
  ).toBe(read.length)
})

it("tells a missing table from a missing column, for which the server has no codes", async () => {
  const table = await describe("odd")
  const gone = { ...table, name: { name: "gone" } }
  expect(await ask(Effect.flip(readAll(gone)))).toMatchObject({ code: "table-missing", table: "gone" })
  const [first] = table.columns
  const more = first === undefined ? [] : [...table.columns, { ...first, name: "gone" }]
  expect(await ask(Effect.flip(readAll({ ...table, columns: more })))).toMatchObject({
    code: "column-missing",
    column: "gone",
  })
})

it("takes a table of 1500 columns", async () => {
  const names = Array.from({ length: 1500 }, (_, place) => `c${place}`)
  await server.execute(`CREATE TABLE broad (${names.map((name) => `${name} INT`).join(", ")}, PRIMARY KEY (c0))`)
  await server.execute(`INSERT INTO broad VALUES (${names.map((_, place) => place).join(", ")})`)
  const page = await ask(readAll(await describe("broad")))
  expect(page.rows).toEqual([names.map((_, place) => String(place))])
  expect(page.done).toBe(true)
})

it("reads a blob of nearly 5 MB, which is as large as a row may be", async () => {
  await server.execute("CREATE TABLE large (id INTEGER PRIMARY KEY, v BLOB)")
  await server.execute("INSERT INTO large VALUES (1, zeroblob(4900000))")
  expect((await ask(readAll(await describe("large")))).rows.map(([, v]) => v?.length)).toEqual([9_800_000])
})

it("looks up more than fits into one answer", async () => {
  await server.execute("CREATE TABLE wide (id INTEGER PRIMARY KEY, v BLOB)")
  for (let from = 0; from < 300; from += 50) {
    const rows = Array.from({ length: 50 }, (_, place) => `(${from + place}, zeroblob(60000))`)
    await server.execute(`INSERT INTO wide VALUES ${rows.join(", ")}`)
  }
  const keys = Array.from({ length: 300 }, (_, place) => [String(place)])
  const rows = await ask(lookUp(await describe("wide"), keys))
  expect(rows.map(([id]) => Number(id)).toSorted((a, b) => a - b)).toEqual(keys.map(([id]) => Number(id)))
})

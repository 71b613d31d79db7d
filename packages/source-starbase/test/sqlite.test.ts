import { describeAll, readPage } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Hub, startHub } from "./support/server.ts"
import { withSource } from "./support/source.ts"

let hub: Hub
beforeAll(async () => {
  hub = await startHub()
  for (const statement of setup) await hub.execute(statement)
})
afterAll(() => hub.stop())

const setup = [
  "CREATE TABLE rowids (id INTEGER PRIMARY KEY, v TEXT NOT NULL)",
  "CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, v TEXT)",
  "CREATE TABLE texts (id TEXT PRIMARY KEY, v TEXT)",
  "CREATE TABLE ordered (b TEXT, a INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
  "CREATE TABLE strict_one (id TEXT PRIMARY KEY, v ANY) STRICT",
  "CREATE TABLE made (id INTEGER PRIMARY KEY, n INT, twice INT AS (n * 2), kept INT AS (n * 3) STORED)",
  "INSERT INTO made (id, n) VALUES (1, 21)",
  "CREATE TABLE indexed (a TEXT NOT NULL, b TEXT NOT NULL, c TEXT)",
  "CREATE UNIQUE INDEX indexed_partial ON indexed (a) WHERE a > ''",
  "CREATE UNIQUE INDEX indexed_expression ON indexed (lower(a))",
  "CREATE UNIQUE INDEX indexed_nullable ON indexed (c)",
  "CREATE UNIQUE INDEX indexed_right ON indexed (b, a)",
  "CREATE VIEW seen AS SELECT id, n + 1 AS next FROM made",
  "CREATE VIRTUAL TABLE found USING fts5(body)",
  "CREATE TABLE tmp_own (id INTEGER PRIMARY KEY)",
  "CREATE TABLE tmpl (id INTEGER PRIMARY KEY)",
  'CREATE TABLE MiXed (Id INTEGER PRIMARY KEY, "sel""ect" TEXT)',
  "CREATE TABLE numbers (id, v TEXT, PRIMARY KEY (id)) WITHOUT ROWID",
  "CREATE TABLE folded (k TEXT COLLATE NOCASE NOT NULL PRIMARY KEY, n INT)",
  "INSERT INTO folded VALUES ('a', 1), ('B', 2), ('c', 3), ('D', 4)",
  "CREATE TABLE odd (id INTEGER PRIMARY KEY, i INT, t TEXT, r REAL, b BLOB, yes BOOLEAN, n DECIMAL)",
  "CREATE TABLE doubles (k REAL PRIMARY KEY, n INT) WITHOUT ROWID",
]

const ask = <A, E>(effect: Effect.Effect<A, E, Source>) =>
  withSource({ url: hub.url.href, token: hub.clientToken }, effect)

const discover = (name: string) => ask(Effect.map(describeAll([{ name }]), ([found]) => found))

const describe = async (name: string): Promise<TableSchema> => {
  const found = await discover(name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

const readAll = (table: TableSchema, order = table.key) =>
  readPage({ table, columns: table.columns, where: [], order, after: undefined, limit: 1000, maxBytes: 1e9 })

it("lists tables and views, and nothing internal", async () => {
  const listed = await ask(Effect.flatMap(Source, (source) => source.list(undefined)))
  expect(listed.map(({ name }) => name)).toEqual([
    "MiXed",
    "descending",
    "doubles",
    "folded",
    "indexed",
    "made",
    "numbers",
    "odd",
    "ordered",
    "rowids",
    "seen",
    "strict_one",
    "texts",
    "tmpl",
  ])
  expect(await ask(Effect.flatMap(Source, (source) => source.list("main")))).toEqual(listed)
  expect(await ask(Effect.flatMap(Source, (source) => source.list("public")))).toEqual([])
})

it("knows which columns are never NULL, and the key in its own order", async () => {
  const shape = async (name: string) => {
    const { columns, key, kind } = await describe(name)
    return { kind, key, columns: columns.map((column) => `${column.name} ${column.type}${column.nullable ? "?" : ""}`) }
  }
  expect(await shape("rowids")).toEqual({ kind: "table", key: ["id"], columns: ["id integer", "v text"] })
  // Neither of them is the rowid, and SQLite lets them be NULL.
  expect(await shape("descending")).toEqual({ kind: "table", key: ["id"], columns: ["id integer?", "v text?"] })
  expect(await shape("texts")).toEqual({ kind: "table", key: ["id"], columns: ["id text?", "v text?"] })
  expect(await shape("ordered")).toEqual({ kind: "table", key: ["a", "b"], columns: ["b text", "a integer"] })
  expect(await shape("strict_one")).toEqual({ kind: "table", key: ["id"], columns: ["id text", "v text?"] })
  expect(await shape("indexed")).toEqual({ kind: "table", key: ["b", "a"], columns: ["a text", "b text", "c text?"] })
  expect(await shape("seen")).toEqual({ kind: "view", key: [], columns: ["id integer?", "next text?"] })
})

it("reads generated columns, and leaves out the hidden ones of a virtual table", async () => {
  const made = await describe("made")
  expect((await ask(readAll(made))).rows).toEqual([["1", "21", "42", "63"]])
  expect((await describe("found")).columns.map(({ name }) => name)).toEqual(["body"])
})

it("finds a table whatever the case of its name, under the name that it has", async () => {
  expect((await describe("mixed")).name).toEqual({ name: "MiXed" })
  expect((await describe("MIXED")).columns.map(({ name }) => name)).toEqual(["Id", 'sel"ect'])
  expect(await discover("gone")).toBeUndefined()
})

it.each([
  ["i", "'abc'", "a text"],
  ["i", "1.5", "a double"],
  ["i", "x'00'", "a blob"],
  ["t", "x'00'", "a blob"],
  ["t", "CAST(x'61ff' AS TEXT)", "a text that is not UTF-8"],
  ["r", "'abc'", "a text"],
  ["b", "'abc'", "a text"],
  ["b", "1", "an integer"],
  ["yes", "2", "an integer that is no boolean"],
  ["n", "x'00'", "a blob"],
])("refuses a value that its column's type has no place for: %s = %s", async (column, value, what) => {
  await hub.execute("DELETE FROM odd")
  await hub.execute(`INSERT INTO odd (id, ${column}) VALUES (7, ${value})`)
  const error = await ask(Effect.flip(readAll(await describe("odd"))))
  expect(error).toMatchObject({ code: "unsupported", table: "odd", column, key: '["7"]' })
  expect(error.message).toContain(what)
})

it("pages through a key without a type that holds integers and larger numbers as text", async () => {
  await hub.execute(
    "INSERT INTO numbers VALUES (5, 'a'), (9007199254740993, 'b'), (1.5, 'c'), ('18446744073709551615', 'd')",
  )
  const table = await describe("numbers")
  const keys = ["1.5", "5", "9007199254740993", "18446744073709551615"]
  expect((await ask(readAll(table))).rows.map(([id]) => id)).toEqual(keys)
  for (const [place, key] of keys.entries()) {
    const request = { table, columns: table.columns, where: [], order: ["id"], limit: 10, maxBytes: 1e9 }
    const { rows } = await ask(readPage({ ...request, after: [key] }))
    expect(rows.map(([id]) => id)).toEqual(keys.slice(place + 1))
  }
  const looked = await ask(
    Effect.flatMap(Source, (source) =>
      source.lookup({ table, columns: table.columns, where: [], key: ["id"], keys: keys.map((key) => [key]) }),
    ),
  )
  expect(looked.length).toBe(4)
  await hub.execute("INSERT INTO numbers VALUES ('5', 'e')")
  expect(await ask(Effect.flip(readAll(table)))).toMatchObject({ code: "unsupported", column: "id", key: '["5"]' })
})

it("finds texts with NUL, and every double, by key", async () => {
  await hub.execute("INSERT INTO texts VALUES ('a' || char(0), '1'), ('a' || char(0) || 'b', '2')")
  const texts = await describe("texts")
  const found = await ask(
    Effect.flatMap(Source, (source) =>
      source.lookup({ table: texts, columns: texts.columns, where: [], key: ["id"], keys: [["a\0"], ["a\0b"]] }),
    ),
  )
  expect(found.map(([id]) => id).toSorted()).toEqual(["a\0", "a\0b"])

  const values = new Float64Array(500)
  const words = new Uint32Array(values.buffer)
  for (let place = 0; place < words.length; place++) words[place] = Math.imul(place + 1, 2654435761)
  const keys = [...values].filter(Number.isFinite).map(String)
  await hub.execute(
    `INSERT INTO doubles SELECT value, key FROM json_each('[${keys.join(",")}]') WHERE true ON CONFLICT DO NOTHING`,
  )
  await hub.execute("INSERT INTO doubles VALUES (9e999, 1), (-9e999, 2)")
  const doubles = await describe("doubles")
  const page = await ask(readAll(doubles))
  const read = page.rows.map(([key]) => key ?? "")
  expect(new Set(read)).toEqual(new Set([...keys, "Infinity", "-Infinity"]))
  const looked = await ask(
    Effect.flatMap(Source, (source) =>
      source.lookup({
        table: doubles,
        columns: doubles.columns,
        where: [],
        key: ["k"],
        keys: read.map((key) => [key]),
      }),
    ),
  )
  expect(looked.length).toBe(read.length)
})

it("takes the types that the settings declare, and refuses values that have another form", async () => {
  await hub.execute("CREATE TABLE times (id PRIMARY KEY, at TEXT, price TEXT) WITHOUT ROWID")
  await hub.execute(
    "INSERT INTO times VALUES (7, '2024-01-01T00:00:00.000001Z', '5'), ('18446744073709551615', '2024-01-01T00:00:00.000002Z', '10.50')",
  )
  const types = { TIMES: { id: "unsigned", at: "timestamptz", price: "decimal" } } as const
  const at = { url: hub.url.href, token: hub.clientToken }
  const found = Effect.map(describeAll([{ name: "times" }]), ([one]) => one)
  const table = await withSource(at, found, { types })
  expect(table?.columns.map(({ type }) => type)).toEqual(["unsigned", "timestamptz", "decimal"])
  if (table === undefined) return
  const rows = [
    ["7", "2024-01-01T00:00:00.000001Z", "5"],
    ["18446744073709551615", "2024-01-01T00:00:00.000002Z", "10.50"],
  ]
  expect((await ask(readAll(table))).rows).toEqual(rows)
  for (const [place, [id = "", at = "", price = ""]] of rows.entries()) {
    for (const [column, value] of [
      ["id", id],
      ["at", at],
      ["price", price],
    ] as const) {
      const where = [{ column, op: "eq", value } as const]
      const request = { table, columns: table.columns, where, order: ["id"], after: undefined, limit: 9, maxBytes: 1e9 }
      const page = await ask(readPage(request))
      expect(page.rows, column).toEqual([rows[place]])
    }
  }
  await hub.execute("INSERT INTO times VALUES (8, '2024-01-01 00:00:00', '1')")
  expect(await ask(Effect.flip(readAll(table)))).toMatchObject({ code: "unsupported", column: "at", key: '["8"]' })
  const gone = await withSource(at, Effect.flip(found), { types: { times: { gone: "date" } } })
  expect(gone).toMatchObject({ code: "invalid-config", message: 'types.times: no column "gone" in times' })
})

it("keeps a replacement character that the text really has", async () => {
  await hub.execute("DELETE FROM odd")
  await hub.execute("INSERT INTO odd (id, t) VALUES (1, 'a' || char(65533))")
  expect((await ask(readAll(await describe("odd")))).rows[0]?.[2]).toBe("a\uFFFD")
})

it("pages in the order of a column's own collation", async () => {
  const table = await describe("folded")
  const keys: Array<string> = []
  let after: ReadonlyArray<string> | undefined
  for (;;) {
    const request = {
      table,
      columns: table.columns.toReversed(),
      where: [],
      order: ["k"],
      after,
      limit: 1,
      maxBytes: 9,
    }
    const { rows } = await ask(readPage(request))
    const key = rows[0]?.[1]
    if (typeof key !== "string") break
    keys.push(key)
    after = [key]
  }
  expect(keys).toEqual(["a", "B", "c", "D"])
})

it("takes a hundred columns with long names", async () => {
  const names = Array.from({ length: 100 }, (_, place) => `c${place}_${"x".repeat(200)}`)
  await hub.execute(`CREATE TABLE broad (${names.map((name) => `${name} INT`).join(", ")}, PRIMARY KEY (${names[0]}))`)
  await hub.execute(`INSERT INTO broad VALUES (${names.map((_, place) => place).join(", ")})`)
  const table = await describe("broad")
  const page = await ask(readAll(table))
  expect(page.rows).toEqual([names.map((_, place) => String(place))])
  expect(page.done).toBe(false)
})

it("does not take a row for gone where row level security may hide it", async () => {
  const table = await describe("made")
  const at = { url: hub.url.href, token: hub.clientToken }
  const looked = Effect.flatMap(Source, (source) =>
    source.lookup({ table, columns: table.columns, where: [], key: ["id"], keys: [["1"], ["2"]] }),
  )
  expect((await withSource(at, looked)).length).toBe(1)
  await hub.execute(
    "CREATE TABLE IF NOT EXISTS tmp_rls_policies (id INTEGER PRIMARY KEY, actions TEXT, [table] TEXT, [column] TEXT, value TEXT)",
  )
  expect((await withSource(at, looked)).length).toBe(1)
  await hub.execute(
    "INSERT INTO tmp_rls_policies (actions, [table], [column], value) VALUES ('SELECT', 'made', 'id', '1')",
  )
  expect(await withSource(at, Effect.flip(looked))).toMatchObject({ code: "forbidden", table: "made" })
  expect((await withSource(at, looked, { seesAllRows: true })).length).toBe(1)
  const found = Effect.flatMap(Source, (source) =>
    source.lookup({ table, columns: table.columns, where: [], key: ["id"], keys: [["1"]] }),
  )
  expect((await withSource(at, found)).length).toBe(1)
})

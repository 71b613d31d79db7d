import { planColumn } from "@starbase-replication/connector-testing/plans"
import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asking } from "./support/client.ts"
import { arrange, bring, planOf } from "./support/hub.ts"

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

type Row = ReadonlyArray<string | null>

/** A hub whose table has a row that changes, so that what comes after is told by the log. */
const fed = async (plan: ReturnType<typeof planOf>, first: Row) => {
  const object = objects.object()
  await bring(object, plan, [first])
  await arrange(object, () => "all")
  return object
}

/** All that the log tells after a seq, over as many requests as it takes, and how many these are. */
const changesOf = async (object: SqliteObject, since = 0) => {
  const ask = asking(object.execute, "all")
  const { epoch, seq, tables } = await ask({ method: "hello" })
  const [table] = tables
  if (table === undefined) throw new Error("nothing is fed")
  const columns = table.columns.map(({ name }) => name)
  const asked = [{ table: table.name, generation: table.generation, columns }]
  const changes = []
  let at = { since, skip: 0 }
  for (let requests = 1; ; requests += 1) {
    const found = await ask({ method: "changes", epoch, ...at, until: seq, tables: asked })
    changes.push(...found.changes)
    if (!found.left || found.last === null) return { changes, requests, seq }
    at = { since: found.last[0] - 1, skip: found.last[1] }
  }
}

/** All that pages of it have. */
const pagesOf = async (object: SqliteObject) => {
  const ask = asking(object.execute, "all")
  const { tables } = await ask({ method: "hello" })
  const [table] = tables
  if (table === undefined) throw new Error("nothing is fed")
  const columns = table.columns.map(({ name }) => name)
  const { name, generation, key } = table
  const page = await ask({
    method: "read",
    table: name,
    generation,
    columns,
    where: [],
    order: key,
    limit: 100_000,
    maxBytes: 1e9,
  })
  return page.rows
}

const byKey = (rows: ReadonlyArray<Row>) => rows.toSorted((a, b) => Number(a[0]) - Number(b[0]))

describe("what the log tells", () => {
  it("is what pages have, of each type", async () => {
    const plan = planOf({
      id: "integer",
      i: "integer",
      u: "unsigned",
      r: "real",
      b: "boolean",
      x: "blob",
      d: "decimal",
      t: "text",
      j: "json",
      z: "timestamptz",
    })
    const object = await fed(plan, ["0", null, null, null, null, null, null, null, null, null])
    const rows: ReadonlyArray<Row> = [
      [
        "1",
        "-9223372036854775808",
        "18446744073709551615",
        "NaN",
        "1",
        "00ff",
        "1.10",
        "a\u0000b",
        '{"a": 1.0}',
        "infinity",
      ],
      [
        "2",
        "9007199254740993",
        "9223372036854775807",
        "-Infinity",
        "0",
        "",
        "99999999999999999999.5",
        "",
        "null",
        "0044-03-15 BC",
      ],
      [
        "3",
        "0",
        "0",
        "Infinity",
        null,
        "deadbeef",
        "NaN",
        '\u{1F600} " \\ \n \u2028 \uFFFD',
        "[]",
        "2024-01-01T00:00:00.123456Z",
      ],
      ["4", null, null, null, null, null, null, null, null, null],
    ]
    await bring(object, plan, rows)
    const { changes } = await changesOf(object)
    expect(byKey(changes.map(([, , , , row]) => row ?? []))).toEqual(rows)
    expect(byKey(await pagesOf(object)).slice(1)).toEqual(rows)
  })

  it("has every double to its last bit", async () => {
    const plan = planOf({ id: "integer", r: "real" })
    const object = await fed(plan, ["0", null])
    const view = new DataView(new ArrayBuffer(8))
    const doubles = Array.from({ length: 4000 }, () => {
      for (;;) {
        view.setUint32(0, Math.floor(Math.random() * 2 ** 32))
        view.setUint32(4, Math.floor(Math.random() * 2 ** 32))
        const one = view.getFloat64(0)
        if (Number.isFinite(one)) return one
      }
    })
    const hard = [
      5e-324,
      Number("2.2250738585072011e-308"),
      1.7976931348623157e308,
      9007199254740992,
      0.1 + 0.2,
      1 / 3,
      123456789.12345679,
      -0.5,
      1e23,
      8.41e21,
    ]
    const rows = [...hard, ...doubles].map((one, at): Row => [String(at + 1), String(one)])
    await bring(object, plan, rows)
    const { changes, requests } = await changesOf(object)
    expect(byKey(changes.map(([, , , , row]) => row ?? []))).toEqual(rows)
    expect(requests).toBeGreaterThan(1)
  })

  it("has tables of as many columns as there may be, and so many of them that one statement cannot read them", async () => {
    const columns = Array.from({ length: 100 }, (_, at) =>
      planColumn(
        `a column whose name is long ${at}`,
        at === 0 ? "integer" : at % 3 === 0 ? "blob" : at % 3 === 1 ? "real" : "text",
      ),
    )
    const names = [
      "items",
      'it\'s "another"',
      "third",
      "fourth",
      "fifth",
      "sixth",
      ...Array.from({ length: 14 }, (_, at) => `more ${at}`),
    ]
    const object = objects.object()
    const row = (id: string) =>
      columns.map(({ type }, at) => (at === 0 ? id : type === "blob" ? "00ff" : type === "real" ? "0.5" : `text ${at}`))
    for (const into of names) await bring(object, planOf(columns, { into }), [row("1")])
    await arrange(object, () => "all")
    for (const into of names) await bring(object, planOf(columns, { into }), [row("2")])
    const ask = asking(object.execute, "all")
    const { epoch, seq, tables } = await ask({ method: "hello" })
    expect(tables).toHaveLength(names.length)
    const asked = tables.map(({ name, generation }) => ({
      table: name,
      generation,
      columns: columns.map((one) => one.name),
    }))
    const found = await ask({ method: "changes", epoch, since: 0, until: seq, skip: 0, tables: asked })
    expect(found.changes.map(([, at, , , told]) => [tables[at]?.name, told]).toSorted()).toEqual(
      names.map((name) => [name, row("2")]).toSorted(),
    )
  })

  it("comes in answers of bounded size, each row once", async () => {
    const plan = planOf({ id: "integer", t: "text" })
    const object = await fed(plan, ["0", null])
    const rows = Array.from({ length: 40 }, (_, at): Row => [String(at + 1), "x".repeat(90_000)])
    await bring(object, plan, rows)
    const { changes, requests } = await changesOf(object)
    expect(changes.map(([, , place]) => place)).toEqual(rows.map((_, at) => at + 1))
    expect(byKey(changes.map(([, , , , row]) => row ?? []))).toEqual(rows)
    expect(requests).toBeGreaterThanOrEqual(4)
    await bring(object, plan, [["50", "y".repeat(1_900_000)]])
    const { seq } = await changesOf(object)
    expect((await changesOf(object, seq - 1)).changes).toMatchObject([
      [seq, 0, 1, ["50"], ["50", "y".repeat(1_900_000)]],
    ])
  })

  it("sets aside a value of a class that its column has no place for, which somebody else has stored", async () => {
    const object = await fed(planOf({ id: "integer", i: "integer", r: "real", t: "text", x: "blob" }), [
      "1",
      "1",
      "1",
      "a",
      "00",
    ])
    await object.execute("UPDATE items SET i = 'one', r = x'00', t = x'6162', x = 'text' WHERE id = 1", [])
    const { changes } = await changesOf(object)
    const half = "\uD800"
    expect(changes[0]?.[4]).toEqual(["1", half, half, half, half])
  })
})

import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

const cursors = [
  ["a timestamp", "at", "at timestamptz NOT NULL DEFAULT now(), id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY"],
  ["a sequence", "id", "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"],
] as const

const writer = async () => {
  const client = new pg.Client(parts.server.url)
  await client.connect()
  return client
}

describe.each(cursors)("rows that are committed late, with %s as cursor", (_, cursor, columns) => {
  const table = `late_${cursor}`

  it("arrive in the next pull, however long the transaction was open", async () => {
    await parts.client.query(
      `CREATE TABLE ${table} (${columns}, name text); INSERT INTO ${table} (name) VALUES ('first')`,
    )
    const overlap = cursor === "id" ? 0 : "0 seconds"
    const { post, query } = parts.instance([{ table, cursor, overlap, deletes: "ignore" }])
    await post("/replicate")

    const late = await writer()
    await late.query("BEGIN")
    await late.query(`INSERT INTO ${table} (name) VALUES ('late')`)
    for (let i = 0; i < 5; i++) {
      await parts.client.query(`INSERT INTO ${table} (name) VALUES ('other ' || $1::text)`, [i])
      const [result] = (await post("/replicate")).result.tables
      expect(result).toMatchObject({ written: 1 })
      expect(Number(result?.["read"])).toBeLessThanOrEqual(3)
    }
    await late.query("COMMIT")
    await late.end()
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
    expect(await query(`SELECT count(*), sum(name = 'late') FROM ${table}`)).toEqual([[7, 1]])
  })

  it("arrive when the transaction was open before the first load began", async () => {
    const name = `${table}_early`
    await parts.client.query(
      `CREATE TABLE ${name} (${columns}, name text); INSERT INTO ${name} (name) VALUES ('first')`,
    )
    const late = await writer()
    await late.query("BEGIN")
    await late.query(`INSERT INTO ${name} (name) VALUES ('late')`)
    await parts.client.query(`INSERT INTO ${name} (name) VALUES ('second')`)
    const overlap = cursor === "id" ? 0 : "0 seconds"
    const { post, query } = parts.instance([{ table: name, cursor, overlap, deletes: "ignore" }])
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 2 }])
    await post("/replicate")
    await late.query("COMMIT")
    await late.end()
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
    expect(await query(`SELECT count(*) FROM ${name}`)).toEqual([[3]])
  })
})

it("a transaction that wrote long after it began is covered by the overlap", async () => {
  await parts.client.query(`
    CREATE TABLE overlapped (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`)
  const { post, query } = parts.instance([{ table: "overlapped", cursor: "at", overlap: "1 minute" }])
  const late = await writer()
  await late.query("BEGIN")
  await late.query("SELECT 1")
  await parts.client.query("INSERT INTO overlapped DEFAULT VALUES")
  await post("/replicate")
  await late.query("INSERT INTO overlapped DEFAULT VALUES")
  await parts.client.query("INSERT INTO overlapped DEFAULT VALUES")
  await post("/replicate")
  await late.query("COMMIT")
  await late.end()
  expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
  expect(await query("SELECT count(*) FROM overlapped")).toEqual([[3]])
})

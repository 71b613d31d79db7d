import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
let url: string
beforeAll(async () => {
  parts = await startParts()
  await parts.server.query("CREATE ROLE bound LOGIN PASSWORD 'p'")
  const bound = new URL(parts.url)
  bound.username = "bound"
  bound.password = "p"
  url = bound.href
})
afterAll(() => parts?.stop())

/** A table that the role may read, and its replica. */
const replica = async (table: string, source: object = {}, entry: object = {}) => {
  const { server, object } = parts
  const { execute } = object()
  await server.query(`CREATE TABLE ${table} (id int PRIMARY KEY, kind int, at timestamptz NOT NULL DEFAULT now());
    INSERT INTO ${table} SELECT i, i % 3 FROM generate_series(1, 30) i; GRANT SELECT ON ${table} TO bound`)
  return {
    run: () =>
      runTable({ url, execute, source }, { table: `public.${table}`, deletes: { reconcile: "0 seconds" }, ...entry }),
    ids: async () => (await execute(`SELECT id FROM "${table}" ORDER BY id`, [])).flat(),
    rows: () => execute(`SELECT id, kind FROM "${table}" ORDER BY id`, []),
    /** The ids of the rows at the source of which this holds. */
    those: async (condition: string) =>
      (await server.query(`SELECT id FROM ${table} WHERE ${condition} ORDER BY id`)).flat(),
    sql: (text: string) => server.query(text),
  }
}

describe("row level security that is accepted", () => {
  it.each([
    ["", "shown", {}],
    [" beside a cursor", "shown_by", { cursor: "at" }],
  ])("takes away rows that a policy hides, and brings those that it shows%s", async (_, table, entry) => {
    const { run, ids, those, sql } = await replica(table, { rowSecurity: "accept" }, entry)
    const follows = async (condition: string) => {
      expect((await run()).error).toBeUndefined()
      expect(await ids()).toEqual(await those(condition))
    }
    await follows("true")
    await sql(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON ${table} USING (kind = 0)`)
    await follows("kind = 0")
    await sql(`ALTER POLICY seen ON ${table} USING (kind <> 1)`)
    await follows("kind <> 1")
    await sql(`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY; DELETE FROM ${table} WHERE id < 4`)
    await follows("true")
  })

  it("brings without a cursor what a policy shows again, as it was changed meanwhile", async () => {
    const { run, rows, sql } = await replica("told", { rowSecurity: "accept" }, { deletes: "ignore" })
    await sql(`CREATE TABLE allowed (kind int); GRANT SELECT ON allowed TO bound; INSERT INTO allowed VALUES (0), (1), (2);
      ALTER TABLE told ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON told USING (id % 3 IN (SELECT kind FROM allowed))`)
    for (const [round, kinds] of ["0, 1, 2", "0", "0, 2", "0, 1, 2"].entries()) {
      await sql(`DELETE FROM allowed; INSERT INTO allowed SELECT unnest(ARRAY[${kinds}])`)
      const all = await sql("SELECT id, kind FROM told ORDER BY id")
      if (round % 2 === 0) await sql(`UPDATE told SET kind = ${round + 10}`)
      expect((await run()).error).toBeUndefined()
      if (round === 3) expect(await rows()).toEqual(all)
    }
  })
})

describe("a right that is taken away and given back", () => {
  it.each([
    ["row level security", "secured", "ENABLE", "DISABLE"],
    ["the grant", "granted", "REVOKE", "GRANT"],
  ])(
    "%s ends runs with its name, and then nothing of what was written meanwhile is missing",
    async (_, table, off, on) => {
      const { run, ids, those, sql } = await replica(table)
      const set = (how: string) => {
        if (how === "REVOKE") return sql(`REVOKE SELECT ON ${table} FROM bound`)
        return sql(
          how === "GRANT" ? `GRANT SELECT ON ${table} TO bound` : `ALTER TABLE ${table} ${how} ROW LEVEL SECURITY`,
        )
      }
      expect((await run()).error).toBeUndefined()
      for (const round of [1, 2]) {
        await set(off)
        await sql(`INSERT INTO ${table} VALUES (${round + 100}, 0); DELETE FROM ${table} WHERE id = ${round}`)
        const before = await ids()
        expect((await run()).error).toMatchObject({ code: "forbidden" })
        expect(await ids()).toEqual(before)
        await set(on)
        expect((await run()).error).toBeUndefined()
        expect(await ids()).toEqual(await those("true"))
      }
    },
  )

  it("a grant of columns alone has all rows read, and nothing is missing on the way there and back", async () => {
    const { run, ids, those, sql } = await replica("narrow", {}, { columns: ["id", "kind"] })
    const follows = async (reads: number) => {
      expect(await run()).toMatchObject({ error: undefined, read: reads })
      expect(await ids()).toEqual(await those("true"))
    }
    await follows(30)
    await sql(
      "REVOKE SELECT ON narrow FROM bound; GRANT SELECT (id, kind) ON narrow TO bound; INSERT INTO narrow VALUES (31, 0)",
    )
    await follows(31)
    await sql("INSERT INTO narrow VALUES (32, 0)")
    await follows(32)
    await sql("GRANT SELECT ON narrow TO bound; INSERT INTO narrow VALUES (33, 0)")
    await follows(33)
    await sql("INSERT INTO narrow VALUES (34, 0)")
    await follows(1)
  })
})

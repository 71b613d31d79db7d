import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeInstance } from "./support/instance.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

describe("an operator", () => {
  it("pauses a table and lets it go on", async () => {
    await parts.client.query("CREATE TABLE paused (id int PRIMARY KEY); INSERT INTO paused VALUES (1)")
    const { post, get, query } = parts.instance([{ table: "paused", every: "1 second" }])
    expect(await post("/replicate/paused/pause")).toMatchObject({ status: 404 })
    await post("/replicate")
    expect(await post("/replicate/paused/pause")).toMatchObject({ status: 200, result: { paused: "paused" } })
    await query("UPDATE tmp_replication_tables SET last_run_at = 1")
    expect((await post("/replicate?due=true")).result.tables).toEqual([])
    expect((await post("/replicate")).result.tables).toEqual([])
    expect((await get("/replicate/status")).result.tables).toMatchObject([{ state: "paused", nextRunAt: null }])
    await post("/replicate/paused/resume")
    expect((await post("/replicate?due=true")).result.tables).toMatchObject([{ table: "paused", more: false }])
  })

  it("sees that a table which was complete has more to read than a run takes", async () => {
    await parts.client.query(`
      CREATE TABLE behind (id int PRIMARY KEY, n int NOT NULL);
      INSERT INTO behind SELECT i, i FROM generate_series(1, 100) i`)
    const { post, get } = parts.instance([{ table: "behind", cursor: "n", batchSize: 100 }], {
      document: { budget: { rows: 100 } },
    })
    const states: Array<unknown> = []
    const run = async () => {
      const [result] = (await post("/replicate")).result.tables
      const [{ state } = { state: "none" }] = (await get("/replicate/status")).result.tables
      states.push(state)
      return result?.["more"] === true
    }
    while (await run());
    await parts.client.query("INSERT INTO behind SELECT i, i FROM generate_series(101, 350) i")
    while (await run());
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual(["loading", "ok", "catching-up", "ok"])
  })

  it("is answered 409 where another run takes the table over", async () => {
    await parts.client.query("CREATE TABLE taken (id int PRIMARY KEY); INSERT INTO taken VALUES (1)")
    const object = parts.objects.object()
    const { post } = makeInstance(
      async (sql, params) => {
        if (sql.includes("tmp_replication_fence (name, token)")) {
          await object.execute("UPDATE tmp_replication_tables SET lease = 'of another run'", [])
        }
        return object.execute(sql, params)
      },
      {
        config: {
          sources: { shop: { type: "postgres", url: { secret: "URL" } } },
          tables: [{ source: "shop", table: "taken" }],
        },
        secrets: { URL: parts.server.url },
      },
    )
    expect(await post("/replicate/taken")).toMatchObject({
      status: 409,
      result: { tables: [{ table: "taken", error: { code: "lease-lost" } }] },
    })
    await object.execute("UPDATE tmp_replication_tables SET lease_until = 0", [])
    expect(await post("/replicate/taken/reset")).toMatchObject({
      status: 409,
      result: { error: { code: "lease-lost" } },
    })
  })

  it("resets a table, and is told where there is nothing to reset", async () => {
    await parts.client.query("CREATE TABLE forgotten (id int PRIMARY KEY)")
    const { post } = parts.instance([{ table: "forgotten" }])
    expect((await post("/replicate/forgotten/reset")).status).toBe(404)
    await post("/replicate")
    expect(await post("/replicate/forgotten/reset")).toMatchObject({ status: 200, result: { reset: "forgotten" } })
    expect(await post("/replicate/forgotten/reset")).toMatchObject({
      status: 404,
      error: 'No run of "forgotten" is known yet.',
    })
  })

  it("reads the history and the metrics", async () => {
    await parts.client.query("CREATE TABLE counted (id int PRIMARY KEY); INSERT INTO counted VALUES (1), (2)")
    const { post, get, metrics } = parts.instance([{ table: "counted", into: 'odd "name"' }])
    await post("/replicate")
    expect((await get("/replicate/history?limit=5")).result).toMatchObject({
      runs: [{ table: 'odd "name"', read: 2, written: 2, startedAt: expect.stringMatching(/Z$/) }],
    })
    const text = await metrics()
    expect(text).toMatch(/^starbase_replication_rows\{table="odd \\"name\\"",source="shop"\} 2$/m)
    expect(text).toMatch(/^starbase_replication_lag_seconds\{.*\} [\d.]+$/m)
    expect(text).toMatch(/^starbase_replication_source_up\{source="shop"\} 1$/m)
    expect(problemsOf(text)).toEqual([])
  })
})

describe("the status", () => {
  it("spells the name of a table as the config does, before its first run and after it", async () => {
    await parts.client.query('CREATE SCHEMA odd; CREATE TABLE odd."we.ird" (id int PRIMARY KEY)')
    const { post, get } = parts.instance([{ table: 'odd."we.ird"', into: "weird" }])
    for (const run of [false, true]) {
      if (run) await post("/replicate")
      const { tables } = (await get("/replicate/status")).result
      expect(tables).toMatchObject([{ sourceTable: 'odd."we.ird"' }])
    }
  })

  it("tells when a table of a wildcard is due, and that one which left the config is not", async () => {
    await parts.client.query("CREATE SCHEMA wild; CREATE TABLE wild.cat (id int PRIMARY KEY)")
    const instance = parts.instance([{ table: "wild.*", every: "1 hour" }])
    await instance.post("/replicate")
    const [cat] = (await instance.get("/replicate/status")).result.tables
    const ahead = Date.parse(String(cat?.["nextRunAt"])) - Date.now()
    expect(ahead).toBeGreaterThan(3_500_000)
    expect(ahead).toBeLessThanOrEqual(3_600_000)
    const gone = parts.reopen(instance, [{ table: "wild.*", except: ["wild.cat"] }])
    expect((await gone.get("/replicate/status")).result.tables).toMatchObject([{ table: "cat", nextRunAt: null }])
  })

  it("tells how a source does: down, and when it is tried again", async () => {
    const { post, get, metrics } = parts.instance([{ table: "any" }], {
      secrets: { SHOP_URL: "postgres://nobody:nothing@127.0.0.1:1/none" },
    })
    expect((await get("/replicate/status")).result).toMatchObject({
      sources: [{ source: "shop", type: "postgres", circuit: "closed", failures: 0, error: null, retryAt: null }],
    })
    await post("/replicate")
    expect((await get("/replicate/status")).result).toMatchObject({
      sources: [
        {
          circuit: "open",
          failures: 1,
          retryAt: expect.stringMatching(/Z$/),
          error: { code: "unreachable", hint: expect.any(String) },
          errorSince: expect.stringMatching(/Z$/),
        },
      ],
    })
    const text = await metrics()
    expect(text).toMatch(/^starbase_replication_source_up\{source="shop"\} 0$/m)
    expect(problemsOf(text)).toEqual([])
  })
})

/** What in a text breaks the rules of OpenMetrics that this project's metrics can break. */
const problemsOf = (text: string): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const lines = text.split("\n")
  if (lines.at(-2) !== "# EOF" || lines.at(-1) !== "") problems.push("does not end with # EOF")
  const families = new Set<string>()
  const samples = new Set<string>()
  let family = ""
  for (const line of lines.slice(0, -2)) {
    const [, keyword, name = "", rest = ""] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? []
    if (keyword === "TYPE") {
      if (families.has(name)) problems.push(`${name} twice`)
      families.add(name)
      family = name
      if (rest !== "gauge") problems.push(line)
    } else if (keyword === undefined) {
      const [, sample = "", labels = ""] =
        /^([a-z_:]+)((?:\{\w+="(?:[^"\\\n]|\\[\\"n])*"(?:,\w+="(?:[^"\\\n]|\\[\\"n])*")*\})?) -?\d[\d.e+-]*$/.exec(
          line,
        ) ?? []
      if (sample !== family || samples.has(sample + labels)) problems.push(line)
      samples.add(sample + labels)
    } else if (name !== family || (keyword === "UNIT" && !name.endsWith(`_${rest}`))) problems.push(line)
  }
  return problems
}

describe("before the first run", () => {
  it("a check shows what each table would meet, and changes nothing", async () => {
    const { name, query: source, user } = await parts.database("checked")
    await source(`
      CREATE TABLE fine (id int PRIMARY KEY, at timestamptz NOT NULL, name text);
      CREATE TABLE hidden (id int PRIMARY KEY);
      GRANT SELECT ON fine TO ${user}`)
    const tables = [
      { table: "fine", cursor: "at" },
      { table: "hidden" },
      { table: "fien" },
      { table: "fine", into: "x", cursor: "att" },
    ]
    const { get, query } = parts.instance(tables, { secrets: { SHOP_URL: parts.urlOf(name, user) } })
    const { status, error, result } = await get("/replicate/check")
    expect({ status, error }).toEqual({ status: 207, error: "3 of 4 tables would fail: hidden, fien, x" })
    expect(result.tables).toMatchObject([
      {
        table: "fine",
        sourceTable: "public.fine",
        key: ["id"],
        cursor: "at",
        columns: [{ name: "id", type: "integer" }, { name: "at", type: "timestamptz" }, { name: "name" }],
        ddl: expect.stringMatching(/^CREATE TABLE IF NOT EXISTS "fine" \(\s+"id" INTEGER PRIMARY KEY/),
      },
      { table: "hidden", error: { code: "forbidden" } },
      {
        table: "fien",
        error: { code: "table-missing", message: expect.stringContaining('did you mean "public.fine"?') },
      },
      { table: "x", error: { code: "invalid-config", message: expect.stringContaining('did you mean "at"?') } },
    ])
    const made = "SELECT name FROM sqlite_master WHERE name LIKE 'tmp_%' OR name LIKE '%fine%'"
    expect(await query(made)).toEqual([])
  })

  it("a wrong config is answered with all that is wrong in it, whichever part of it", async () => {
    const { get } = makeInstance(parts.objects.object().execute, {
      config: {
        sources: { shop: { type: "postgress", url: { secret: "UNSET" } } },
        tables: [{ source: "shop", table: "a", curser: "at", cursorColumn: "at", as: { total: "REAL" } }],
      },
    })
    const { status, error } = await get("/replicate/check")
    expect({ status, problems: error?.split("\n") }).toEqual({
      status: 400,
      problems: [
        'tables[0].curser: is not known here; did you mean "cursor"?',
        'tables[0].cursorColumn: is not known here; did you mean "cursor"?',
        'tables[0].as.total: expected "integer" | "real" | "text" | "sortable"',
        'sources.shop.type: this deployment includes postgres, mysql, not "postgress"; did you mean "postgres"?',
        "sources.shop.url: no secret named UNSET is set in this deployment",
      ],
    })
  })

  it("the config shows what holds, with no secret in it", async () => {
    const { get } = parts.instance([{ table: "a", cron: "*/5 * * * *" }, { table: "public.*" }])
    const { result } = await get("/replicate/config")
    expect(result).toMatchObject({
      sources: { shop: "postgres" },
      tables: [
        { into: "a", batchSize: 5000, schedule: { cron: "*/5 * * * *" } },
        { schema: "public", schedule: { everyMs: 60_000 } },
      ],
    })
    expect(JSON.stringify(result)).not.toContain(parts.server.password)
  })
})

describe("failures by themselves", () => {
  it("are waited for longer each time, and for good until the config is another", async () => {
    await parts.client.query("CREATE TABLE moody (id int PRIMARY KEY)")
    const wrong = [{ table: "moody", cursor: "nope", every: "1 second" }]
    const instance = parts.instance(wrong)
    expect((await instance.post("/replicate?due=true")).result.tables).toMatchObject([
      { error: { code: "invalid-config" } },
    ])
    expect((await instance.post("/replicate?due=true")).result.tables).toEqual([])
    expect((await instance.get("/replicate/status")).result.tables).toMatchObject([
      { state: "failing", nextRunAt: null },
    ])
    const mended = parts.reopen(instance, [{ table: "moody", every: "1 second" }])
    expect((await mended.post("/replicate?due=true")).result.tables).toMatchObject([{ table: "moody", pages: 1 }])
  })

  it("of a source stop it for all of its tables, which are not tried one by one", async () => {
    const tables = Array.from({ length: 20 }, (_, i) => ({ table: `t${i}`, every: "1 second" }))
    const { post, get, query } = parts.instance(tables, {
      secrets: { SHOP_URL: "postgres://nobody:nothing@127.0.0.1:1/none" },
    })
    const answer = await post("/replicate?due=true")
    expect(answer.result.tables).toHaveLength(20)
    expect(answer.result.tables.every(({ error }) => (error as { code: string }).code === "unreachable")).toBe(true)
    expect(await query("SELECT name, failures FROM tmp_replication_sources")).toEqual([["shop", 1]])
    expect(await query("SELECT count(*) FROM tmp_replication_tables")).toEqual([[0]])
    expect((await post("/replicate?due=true")).result.tables).toEqual([])
    const [first] = (await get("/replicate/status")).result.tables
    expect(first).toMatchObject({ state: "failing", error: { code: "unreachable" }, nextRunAt: expect.any(String) })
  })
})

it("pulls tables side by side, and within a budget of rows", async () => {
  await parts.client.query(`
    CREATE SCHEMA many;
    ${Array.from({ length: 6 }, (_, i) => `CREATE TABLE many.t${i} (id int PRIMARY KEY); INSERT INTO many.t${i} SELECT generate_series(1, 3000);`).join("\n")}`)
  const object = parts.instance([{ table: "many.*" }], {})
  const wide = parts.reopen(object, [{ table: "many.*" }], { document: { limits: { shop: { concurrency: 3 } } } })
  expect((await wide.post("/replicate")).result.tables.map(({ written }) => written)).toEqual(Array(6).fill(3000))
  const narrow = parts.instance([{ table: "many.*", batchSize: 500 }], { document: { budget: { rows: 4000 } } })
  const first = (await narrow.post("/replicate")).result.tables
  expect(first.reduce((sum, { read }) => sum + Number(read), 0)).toBeLessThanOrEqual(5000)
  expect(first.some(({ more }) => more === true)).toBe(true)
  for (let runs = 0; runs < 10; runs++) await narrow.post("/replicate?due=true")
  expect(await narrow.query("SELECT count(*) FROM t5")).toEqual([[3000]])
})

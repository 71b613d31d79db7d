import { createHmac } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Mariadb, type Postgres, startMariadb, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { plantedForms } from "./support/planted.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

const secret = "the secret of masks: 32 characters at least"
const tokenOf = (value: string, key = secret) => createHmac("sha256", key).update(value).digest("hex").slice(0, 32)

const hmac = { hmac: { secret: "MASK_KEY" } }
/** Every column by a token, but for what the table is told by. */
const people = {
  "*": hmac,
  phone: { keep: { last: 4 } },
  full_name: "redact",
  js: "null",
  born: { year: true },
  seen: { year: true },
  n: "none",
  amount: "none",
} as const

/** A database, and what its tables are made of: in each column of a person, values that are nowhere else. */
interface Plantation {
  readonly query: (sql: string) => Promise<unknown>
  /** For each column of `people`, its type and the value of a person. */
  readonly columns: Readonly<Record<string, readonly [type: string, value: (n: number) => string]>>
  readonly key: string
  /** A view that cannot be read, because of a value. */
  readonly badView: string
}

const day = (n: number) => `18${String(10 + (n % 80))}-0${1 + (n % 9)}-1${n % 9}`
const number = (n: number) => `73820194${String(5518 + n * 7)}`

const common = {
  phone: ["varchar(60)", (n) => `+49 7382 ${4455660000 + n * 13}`],
  full_name: ["varchar(60)", (n) => `Planted Name ${n} Żółć`],
  card: ["numeric(30,4)", (n) => `${number(n)}.2500`],
  ssn: ["bigint", (n) => number(n * 11)],
  born: ["date", day],
  t: ["time", (n) => `1${n % 9}:3${n % 9}:27.${700_000 + n * 17}`],
  note: ["text", (n) => `a "quoted" planted\\note ${n} 😀`],
} satisfies Plantation["columns"]

const ofPostgres = (database: Postgres): Plantation => ({
  query: database.query,
  columns: {
    email: ["text", (n) => `planted.${n}@secret.example`],
    ...common,
    seen: ["timestamptz", (n) => `${day(n)} 11:22:33.${440_000 + n}+00`],
    at: ["timestamp", (n) => `${day(n)} 21:32:43.${540_000 + n}`],
    span: ["interval", (n) => `${73_000 + n} days`],
    uid: ["uuid", (n) => `5eed${String(1000 + n)}-aaaa-4bbb-8ccc-73820194cafe`],
    ip: ["inet", (n) => `10.73.82.${n % 250}`],
    doc: ["jsonb", (n) => JSON.stringify({ planted: `json of ${n}, planted` })],
    js: ["json", (n) => JSON.stringify({ planted: `other json of ${n}, planted` })],
    bytes: ["bytea", (n) => `planted bytes of ${n}`],
    f: ["float8", (n) => `7382019.${4455 + n}25`],
    tags: ["text[]", (n) => `{"planted tag of ${n}, one"}`],
    span_of: ["int4range", (n) => `[${738_201_000 + n * 3},${738_201_001 + n * 3})`],
  },
  key: "email",
  badView: "SELECT n AS id, email, email::int AS broken FROM people",
})

const ofMariadb = (database: Mariadb): Plantation => ({
  query: database.query,
  columns: {
    email: ["varchar(90)", (n) => `planted.my.${n}@secret.example`],
    ...common,
    seen: ["datetime(6)", (n) => `${day(n)} 11:22:33.${440_000 + n}`],
    at: ["timestamp(6) NULL", (n) => `19${80 + (n % 20)}-05-06 07:08:09.${738_201 + n}`],
    doc: ["json", (n) => JSON.stringify({ planted: `json of ${n}, planted` })],
    js: ["json", (n) => JSON.stringify({ planted: `other json of ${n}, planted` })],
    bytes: ["varbinary(60)", (n) => `planted bytes of ${n}`],
    f: ["double", (n) => `7382019.${4455 + n}25`],
  },
  key: "email",
  badView:
    "SELECT n AS id, email, (SELECT email FROM people UNION SELECT concat(email, '!') FROM people) AS broken FROM people",
})

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Rows of people, whose amounts are whole numbers but for one that the replica refuses. */
const insert = ({ columns }: Plantation, into: string, from: number, to: number, escape: (text: string) => string) => {
  const rows = Array.from({ length: to - from }, (_, at) => {
    const n = from + at
    const values = Object.values(columns).map(([, value]) => literal(escape(value(n))))
    return `(${n}, ${n === 3 ? "0.5" : n}, ${values.join(", ")})`
  })
  return `INSERT INTO ${into} (n, amount, ${Object.keys(columns).join(", ")}) VALUES ${rows.join(", ")}`
}

const tables = [
  { table: "people", into: "people", mask: people, as: { amount: "integer" } },
  { table: "people", into: "numbered", key: ["n"], mask: people },
  { table: "people", into: "by_cursor", cursor: "n", overlap: 5, mask: people },
  { table: "people", into: "checked", cursor: "n", overlap: 0, deletes: "ignore", mask: people },
  { table: "bad", into: "bad", key: ["id"], mask: { email: hmac, broken: hmac } },
  { table: "twins", into: "twins", key: ["email"], mask: { email: hmac } },
].map((table) => ({ batchSize: 40, deletes: { reconcile: "0 seconds" }, drift: "follow", ...table }))
/** Those of which rows leave by a reconciliation. */
const good = ["people", "numbered", "by_cursor"]

const count = 260
let postgres: Postgres
let mariadb: Mariadb
beforeAll(async () => {
  ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
})
afterAll(async () => {
  await Promise.all([postgres?.stop(), mariadb?.stop()])
})

/** Runs a table until nothing more is to do, and gives how each run ended. */
const run = async (worker: TestWorker, table: string, how = "") => {
  const ends: Array<{ readonly error?: { readonly code: string; readonly key?: string; readonly message: string } }> =
    []
  for (let runs = 0; runs < 80; runs++) {
    const { result } = await worker.admin.post<{ tables: ReadonlyArray<(typeof ends)[number] & { more: boolean }> }>(
      `/replicate/${table}${runs === 0 ? how : ""}`,
    )
    const [one] = result?.tables ?? []
    if (one === undefined) throw new Error(`no run of ${table}`)
    ends.push(one)
    if (!one.more || one.error !== undefined) return ends
  }
  throw new Error(`${table} does not come to an end`)
}

/** Has everything told that can be: each answer is searched as it comes. */
const tellAll = async (worker: TestWorker) => {
  for (const path of ["status", "history", "metrics", "check", "config", "openapi"]) {
    const answer = await worker.request(`/replicate/${path}`, { token: "the admin's token" })
    expect(answer.status).toBeLessThan(300)
  }
  const names = await worker.admin.rows(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  )
  for (const [name] of names) await worker.admin.rows(`SELECT * FROM "${String(name)}" LIMIT 400`)
}

describe.each([
  ["postgres", () => ofPostgres(postgres), (text: string) => text],
  ["mysql", () => ofMariadb(mariadb), (text: string) => text.replaceAll("\\", "\\\\")],
] as const)("what is masked at a source of the type %s", (type, plantation, escape) => {
  const names = ["email", "phone", "full_name", "card", "ssn", "born", "t", "note"]

  /** The values of some people, each of which is nowhere by accident. */
  const planted = (made: Plantation) =>
    plantedForms(
      Object.fromEntries(
        [0, 3, 39, 40, 41, 100, 199, 259, 300, 301].flatMap((n) =>
          Object.entries(made.columns).flatMap(([name, [, value]]) => {
            const text = name === "doc" || name === "js" ? (/of \d+, planted/.exec(value(n))?.[0] ?? "") : value(n)
            return text.length < 6 ? [] : [[`${name} of ${n}`, text]]
          }),
        ),
      ),
    )

  it("is nowhere in answers, logs and the object's file, whatever happens", { timeout: 240_000 }, async () => {
    const made = plantation()
    const { query } = made
    const url = type === "postgres" ? postgres.url : mariadb.url
    const data = await mkdtemp(join(tmpdir(), "masked-"))
    // Where a run stops, the key of any of them may be noted.
    const emails = Array.from({ length: 302 }, (_, n) => made.columns["email"]?.[1](n) ?? "")
    const forms = new Map([...planted(made), ...emails.map((email): [string, string] => [email, email])])
    const start = (key: string) =>
      startWorker(
        {
          data,
          planted: forms,
          variables: { SOURCE_URL: url, MASK_KEY: key, REPLICATION_ALARM: "off" },
          config: {
            sources: { main: { type, url: { secret: "SOURCE_URL" } } },
            budget: { rows: 90 },
            tables: tables.map((table) => ({ source: "main", ...table })),
          },
        },
        "all",
      )
    const definitions = Object.entries(made.columns).map(([name, [of]]) => `${name} ${of}`)
    const options = type === "mysql" ? " CHARACTER SET utf8mb4" : ""
    await query(
      `CREATE TABLE people (n int NOT NULL UNIQUE, amount numeric(12,1), ${definitions.join(", ")}, PRIMARY KEY (${made.key}))${options}`,
    )
    await query(insert(made, "people", 0, count, escape))
    await query(`CREATE VIEW bad AS ${made.badView}`)
    await query("CREATE VIEW twins AS SELECT email FROM people UNION ALL SELECT email FROM people")
    let worker = await start(secret)
    try {
      // The first load, over several runs that leave their positions.
      for (const table of good) expect((await run(worker, table)).at(-1)?.error).toBeUndefined()
      expect(
        (await worker.admin.rows("SELECT position FROM tmp_replication_tables WHERE name = 'people'")).length,
      ).toBe(1)
      const [email, , , , ssn] = names.map((name) => made.columns[name]?.[1](7) ?? "")
      expect(
        await worker.client.rows("SELECT n, ssn, phone, full_name, js FROM people WHERE email = ?", [
          tokenOf(email ?? ""),
        ]),
      ).toEqual([[7, tokenOf(ssn ?? ""), `****${made.columns["phone"]?.[1](7).slice(-4)}`, "redacted", null]])
      expect(await worker.client.rows("SELECT count(*), count(DISTINCT email) FROM people")).toEqual([
        [count - 1, count - 1],
      ])
      expect(await worker.client.rows("SELECT count(*) FROM people JOIN numbered USING (email)")).toEqual([[count - 1]])
      expect(await worker.client.rows("SELECT typeof(born), min(born) > 1800 FROM people")).toEqual([["integer", 1]])
      expect(await worker.admin.rows("SELECT key, column_name FROM tmp_replication_rejects")).toEqual([
        [JSON.stringify([tokenOf(made.columns["email"]?.[1](3) ?? "")]), "amount"],
      ])

      // Failures that quote values, and those that name a key.
      const [bad] = await run(worker, "bad")
      expect(bad?.error?.message).toMatch(/its words are left out/)
      const [twins] = await run(worker, "twins")
      expect(twins?.error).toMatchObject({ code: "key-not-unique", key: expect.stringMatching(/^\["[0-9a-f]{32}"\]$/) })
      await tellAll(worker)

      // Changes, keys that change, and rows that are gone.
      await query("DELETE FROM people WHERE n IN (40, 100, 199)")
      await query(insert(made, "people", 300, 302, escape))
      await query("UPDATE people SET full_name = 'another planted name', note = 'another planted note' WHERE n = 41")
      for (const table of good) {
        expect((await run(worker, table)).at(-1)?.error).toBeUndefined()
        await run(worker, table)
        expect(
          await worker.client.rows(`SELECT n FROM ${table} WHERE n IN (40, 41, 100, 199, 300, 301) ORDER BY n`),
        ).toEqual([[41], [300], [301]])
      }

      // A verification finds what somebody spoils, by the keys that the replica has, and mends it.
      expect((await run(worker, "checked")).at(-1)?.error).toBeUndefined()
      await worker.admin.rows("UPDATE checked SET note = 'spoilt' WHERE n = 0")
      await worker.admin.rows("DELETE FROM checked WHERE n = 39")
      await worker.admin.rows("INSERT INTO checked (email, n) VALUES ('nobody', -1)")
      const key = (n: number) => [tokenOf(made.columns["email"]?.[1](n) ?? "")]
      const found = await verify(worker, "checked")
      expect(found).toMatchObject({ differing: 3, settled: 0, repaired: 0 })
      expect(found.keys.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
        { key: key(0), kind: "differs" },
        { key: ["nobody"], kind: "extra" },
        { key: key(39), kind: "missing" },
      ])
      expect(await verify(worker, "checked", true)).toMatchObject({ differing: 0, repaired: 3 })
      expect(await worker.client.rows("SELECT n, email FROM checked WHERE n IN (-1, 0, 39) ORDER BY n")).toEqual([
        [0, ...key(0)],
        [39, ...key(39)],
      ])
      await tellAll(worker)

      // The guard stops what would take most rows, and what it notes is masked too.
      await query("DELETE FROM people WHERE n BETWEEN 42 AND 258")
      for (const table of good) {
        expect((await run(worker, table)).at(-1)?.error).toMatchObject({ code: "delete-guard" })
        await tellAll(worker)
        await worker.admin.post(`/replicate/${table}/confirm`)
        expect((await run(worker, table)).at(-1)?.error).toBeUndefined()
        expect(await worker.client.rows(`SELECT count(*) FROM ${table} WHERE n BETWEEN 42 AND 258`)).toEqual([[0]])
      }

      // Another column, and a replica that is built anew.
      await query("ALTER TABLE people ADD extra varchar(60) DEFAULT 'a planted default'")
      for (const table of good) expect((await run(worker, table, "/refresh")).at(-1)?.error).toBeUndefined()
      expect(await worker.client.rows("SELECT DISTINCT extra FROM people")).toEqual([[tokenOf("a planted default")]])
      await run(worker, "numbered")
      const ranges = await worker.admin.rows("SELECT ranges FROM tmp_replication_ranges")
      for (const [text] of ranges)
        expect(JSON.parse(String(text))).toMatchObject({ sealed: expect.any(String), list: [] })
      expect(ranges).toHaveLength(type === "mysql" ? 1 : 0)
      await tellAll(worker)
      await worker.stop()

      // Another secret builds all anew, beside what readers see.
      const other = `${secret}, and another one`
      worker = await start(other)
      const before = await worker.client.rows("SELECT email FROM people WHERE n = 0")
      expect(before).toEqual([[tokenOf(made.columns["email"]?.[1](0) ?? "")]])
      for (const table of good) expect((await run(worker, table)).at(-1)?.error).toBeUndefined()
      expect(await worker.client.rows("SELECT email FROM people WHERE n = 0")).toEqual([
        [tokenOf(made.columns["email"]?.[1](0) ?? "", other)],
      ])
      expect(
        await worker.admin.rows(
          "SELECT DISTINCT drift->>'$.changes[0]' FROM tmp_replication_tables WHERE name = 'people'",
        ),
      ).toEqual([['column "email" is masked otherwise']])
      await tellAll(worker)
    } finally {
      await worker.stop()
      await rm(data, { recursive: true, force: true })
    }
  })
})

interface Verified {
  readonly complete: boolean
  readonly differing: number
  readonly repaired: number
  readonly settled: number
  readonly keys: ReadonlyArray<{ readonly key: ReadonlyArray<string>; readonly kind: string }>
}

/** Verifies a table over as many runs as it takes. */
const verify = async (worker: TestWorker, table: string, repair = false): Promise<Verified> => {
  for (let runs = 0; runs < 40; runs++) {
    const { result } = await worker.admin.post<{ tables: ReadonlyArray<{ verification?: Verified }> }>(
      `/replicate/${table}/verify${repair ? "?repair=true" : ""}`,
    )
    const { verification } = result?.tables[0] ?? {}
    if (verification?.complete === true) return verification
  }
  throw new Error(`the verification of ${table} does not come to an end`)
}

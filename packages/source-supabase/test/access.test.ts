import { describeOne, walk, describeAll, readPage } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { type Servers, startServers } from "./support/servers.ts"
import { access, failureOf, withSource } from "./support/source.ts"

const setup = `
  CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL, at timestamptz NOT NULL DEFAULT '2024-01-01Z');
  INSERT INTO notes SELECT n, CASE WHEN n % 2 = 0 THEN 'all' ELSE 'me' END FROM generate_series(1, 20) n;
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
  CREATE POLICY shared ON notes FOR SELECT TO anon USING (owner = 'all');
  CREATE TABLE closed (id int PRIMARY KEY);
  INSERT INTO closed VALUES (1), (2);
  ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
  CREATE TABLE granted_to_nobody (id int PRIMARY KEY);
  CREATE TABLE in_part (id int PRIMARY KEY, secret text);
  INSERT INTO in_part VALUES (1, 'x');
  GRANT SELECT ON notes, closed TO anon, service_role;
  GRANT SELECT (id) ON in_part TO service_role;
  CREATE TABLE shop.notes (n bigint PRIMARY KEY);
  INSERT INTO shop.notes VALUES (7);
  GRANT SELECT ON shop.notes TO service_role;
`

const run = <A, E>(one: ReturnType<typeof access>, effect: Effect.Effect<A, E, Source>) =>
  Effect.runPromise(withSource(one, effect))

const notes = { columns: { id: "int not null", owner: "text not null", at: "timestamptz not null" }, key: ["id"] }
const declared = { tables: { notes, "public.closed": { columns: { id: "int4 not null" }, key: ["id"] } } }

let servers: Servers
beforeAll(async () => {
  servers = await startServers(setup, { schemas: ["public", "shop"] })
})
afterAll(() => servers?.stop())

describe.each(["lite", "postgrest"] as const)("%s", (which) => {
  const secret = (more: Partial<Settings> = {}) => access(servers[which].url, servers[which].secretKey, more)
  const publishable = (more: Partial<Settings> = {}) => access(servers[which].url, servers[which].publishableKey, more)

  describe("a secret key", () => {
    it("sees every row, and which are not there", async () => {
      const found = await run(
        secret(),
        Effect.gen(function* () {
          const source = yield* Source
          const table = yield* describeOne("public", "notes")
          expect((yield* walk({ table })).rows.length).toBe(20)
          return yield* source.lookup({ table, columns: table.columns, where: [], key: ["id"], keys: [["3"], ["99"]] })
        }),
      )
      expect(found).toEqual([["3", "me", "2024-01-01T00:00:00.000000Z"]])
    })

    it("lists and describes what its role has a privilege on", async () => {
      servers[which].takeRequests()
      const [tables, others, discovered] = await run(
        secret(),
        Effect.gen(function* () {
          const source = yield* Source
          const names = [
            { name: "notes" },
            { schema: "shop", name: "notes" },
            { name: "granted_to_nobody" },
            { name: "none" },
          ]
          return [yield* source.list(undefined), yield* source.list("shop"), yield* describeAll(names)] as const
        }),
      )
      expect(tables.map(({ name }) => name)).toEqual(["closed", "in_part", "notes"])
      expect(others).toEqual([{ schema: "shop", name: "notes" }])
      expect(discovered.map((table) => table?.name)).toEqual([
        { schema: "public", name: "notes" },
        { schema: "shop", name: "notes" },
        undefined,
        undefined,
      ])
      expect(discovered[0]?.columns[0]).toEqual({ name: "id", sourceType: "integer", type: "integer", nullable: false })
      expect(servers[which].takeRequests().filter((path) => path === "/rest/v1/").length).toBe(2)
    })

    it("reads another schema, by name or by default", async () => {
      const shop = Effect.flatMap(describeOne("shop", "notes"), (table) => walk({ table }))
      expect((await run(secret(), shop)).rows).toEqual([["7"]])
      const byDefault = Effect.gen(function* () {
        const [table] = yield* describeAll([{ name: "notes" }])
        return table?.name
      })
      expect(await run(secret({ schema: "shop" }), byDefault)).toEqual({ schema: "shop", name: "notes" })
    })

    it("is told to expose a schema that the API does not serve", async () => {
      const error = await run(secret(), failureOf(Effect.flatMap(Source, (source) => source.list("supabase_lite"))))
      expect(error).toMatchObject({ code: "table-missing", hint: expect.stringContaining("exposed schemas") })
      const both = describeAll([{ schema: "supabase_lite", name: "marker" }, { name: "notes" }])
      expect((await run(secret(), both)).map((table) => table?.name.name)).toEqual([undefined, "notes"])
      const none = describeAll([{ schema: "supabase_lite", name: "marker" }])
      expect(await run(secret(), none)).toEqual([undefined])
    })

    it("is told to grant what is missing", async () => {
      const error = await run(
        secret(),
        failureOf(Effect.flatMap(describeOne("public", "in_part"), (table) => walk({ table }))),
      )
      expect(error).toMatchObject({
        code: "forbidden",
        table: "public.in_part",
        hint: expect.stringContaining("Grant"),
      })
      const allowed = Effect.flatMap(describeOne("public", "in_part"), (table) =>
        walk({ table, columns: table.columns.slice(0, 1) }),
      )
      expect((await run(secret(), allowed)).rows).toEqual([["1"]])
    })
  })

  describe("a table that is not described", () => {
    const why = (name: string, schema = "public") =>
      Effect.flatMap(Source, ({ whyMissing }) => whyMissing?.({ schema, name }) ?? Effect.die(new Error("no answer")))

    it("is told as forbidden where the role may not read it", async () => {
      expect(await run(secret(), why("granted_to_nobody"))).toMatchObject({
        code: "forbidden",
        hint: expect.stringContaining("Grant"),
        table: "public.granted_to_nobody",
      })
    })

    it("is missing where there is none, or no such schema", async () => {
      expect(await run(secret(), why("none"))).toBe(undefined)
      expect(await run(secret(), why("marker", "supabase_lite"))).toBe(undefined)
    })

    it("is to be declared where the key may read it and not its description", async () => {
      const hint = expect.stringContaining("declare the columns")
      expect(await run(publishable(declared), why("granted_to_nobody"))).toMatchObject({ hint })
    })
  })

  describe("a publishable key", () => {
    it("reads declared tables, as far as row level security lets it", async () => {
      servers[which].takeRequests()
      const { rows } = await run(
        publishable(declared),
        Effect.flatMap(describeOne("public", "notes"), (table) => walk({ table, limit: 3 })),
      )
      expect(rows.map(([id]) => Number(id))).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20])
      expect(servers[which].takeRequests().some((path) => path === "/rest/v1/")).toBe(false)
    })

    it("is told what to do about tables that are not declared", async () => {
      const hint = expect.stringContaining("declare the columns")
      const discover = failureOf(describeAll([{ name: "notes" }]))
      const listAll = failureOf(Effect.flatMap(Source, (source) => source.list(undefined)))
      expect(await run(publishable(), discover)).toMatchObject({ code: "unauthorized", hint })
      expect(await run(publishable(), listAll)).toMatchObject({ code: "unauthorized", hint })
      const mixed = describeAll([{ name: "in_part" }, { name: "notes" }])
      expect((await run(publishable(declared), mixed)).map((table) => table?.name.name)).toEqual([undefined, "notes"])
      const list = Effect.flatMap(Source, (source) => source.list(undefined))
      expect((await run(publishable(declared), list)).map(({ name }) => name)).toEqual(["closed", "notes"])
    })

    it("proves no row absent, for it may only be hidden", async () => {
      const lookup = (keys: ReadonlyArray<ReadonlyArray<string>>) =>
        Effect.gen(function* () {
          const table = yield* describeOne("public", "notes")
          const columns = table.columns.slice(0, 1)
          return yield* (yield* Source).lookup({ table, columns, where: [], key: ["id"], keys })
        })
      expect(await run(publishable(declared), lookup([["2"], ["4"]]))).toEqual([["2"], ["4"]])
      expect(await run(publishable(declared), failureOf(lookup([["2"], ["3"]])))).toMatchObject({ code: "forbidden" })
      expect(await run(publishable({ ...declared, seesAllRows: true }), lookup([["2"], ["3"]]))).toEqual([["2"]])
    })

    it("sees an empty table where it may see no row, and nothing else comes of it", async () => {
      const read = Effect.gen(function* () {
        const table = yield* describeOne("public", "closed")
        const source = yield* Source
        const { rows } = yield* walk({ table })
        const columns = table.columns
        const lookup = yield* failureOf(source.lookup({ table, columns, where: [], key: ["id"], keys: [["1"]] }))
        return [rows, lookup.code]
      })
      expect(await run(publishable(declared), read)).toEqual([[], "forbidden"])
    })

    it("does not take a policy that closes in mid-sweep for the end", async () => {
      const { database } = servers
      const page = (after: ReadonlyArray<string> | undefined) =>
        Effect.gen(function* () {
          const table = yield* describeOne("public", "notes")
          const asked = { table, columns: table.columns, where: [], order: ["id"] }
          return yield* readPage({ ...asked, after, limit: 4, maxBytes: 1e6 })
        })
      expect((await run(publishable(declared), page(undefined))).rows.length).toBe(4)
      await database.query("ALTER POLICY shared ON notes USING (false)")
      try {
        expect(await run(publishable(declared), failureOf(page(["8"])))).toMatchObject({ code: "forbidden" })
        expect(await run(publishable(declared), page(undefined))).toMatchObject({ rows: [], done: true })
      } finally {
        await database.query("ALTER POLICY shared ON notes USING (owner = 'all')")
      }
      expect(await run(publishable(declared), page(["20"]))).toMatchObject({ rows: [], done: true })
      expect((await run(secret(), page(["8"]))).rows.length).toBe(4)
      const filtered = Effect.gen(function* () {
        const table = yield* describeOne("public", "notes")
        const where = [{ column: "owner", op: "eq", value: "nobody" }] as const
        const asked = { table, columns: table.columns, where, order: ["id"] }
        return yield* readPage({ ...asked, after: ["8"], limit: 4, maxBytes: 1e6 })
      })
      expect(await run(publishable(declared), filtered)).toMatchObject({ rows: [], done: true })
    })
  })

  describe("errors of the API", () => {
    it.each([
      [
        "a key that is none",
        (): ReturnType<typeof access> => access(servers[which].url, "sb_secret_wrong"),
        "unauthorized",
      ],
      ["a port that nobody listens on", () => access("http://127.0.0.1:1", "sb_secret_x"), "unreachable"],
      ["a host that is not", () => access("http://nowhere.invalid", "sb_secret_x"), "unreachable"],
      [
        "a URL of something else",
        () => access(`${servers[which].url}/elsewhere`, servers[which].secretKey),
        "unreachable",
      ],
    ])("%s", async (_, one, code) => {
      const { key } = one()
      const error = await run(one(), failureOf(describeAll([{ name: "notes" }])))
      expect(error).toMatchObject({ code })
      expect(JSON.stringify(error.describe())).not.toContain(key)
    })

    it.each([
      ["a table that is not there", { none: { columns: { id: "int" } } }, "none", [], "table-missing"],
      ["a column that is not there", { notes: { columns: { id: "int", no: "int" } } }, "notes", [], "column-missing"],
      [
        "a filter that fits no value of the type",
        { notes },
        "notes",
        [{ column: "id", op: "eq", value: "many" } as const],
        "invalid-config",
      ],
      ["a type that is another", { notes: { columns: { id: "bool" } } }, "notes", [], "unsupported"],
    ] as const)("%s", async (_, tables, name, where, code) => {
      const read = Effect.flatMap(describeOne("public", name), (table) => walk({ table, order: ["id"], where }))
      expect(await run(secret({ tables }), failureOf(read))).toMatchObject({ code, table: `public.${name}` })
    })
  })
})

it("a table that is not described is asked for again where something else answers", async () => {
  const why = Effect.flatMap(
    Source,
    ({ whyMissing }) => whyMissing?.({ schema: "public", name: "granted_to_nobody" }) ?? Effect.die("no answer"),
  )
  servers.lite.fault = ({ url }) =>
    url.includes("granted_to_nobody") ? new Response("<p>", { status: 404 }) : undefined
  try {
    expect(await run(access(servers.lite.url, servers.lite.secretKey), why)).toMatchObject({ isRetryable: true })
  } finally {
    servers.lite.fault = undefined
  }
})

describe("the older keys", () => {
  it("see what the newer ones see", async () => {
    const { url, serviceRoleKey, anonKey } = servers.postgrest
    const lookup = Effect.gen(function* () {
      const table = yield* describeOne("public", "notes")
      const columns = table.columns.slice(0, 1)
      return yield* (yield* Source).lookup({ table, columns, where: [], key: ["id"], keys: [["2"], ["99"]] })
    })
    expect(await run(access(url, serviceRoleKey), lookup)).toEqual([["2"]])
    expect(await run(access(url, anonKey, declared), failureOf(lookup))).toMatchObject({ code: "forbidden" })
  })
})

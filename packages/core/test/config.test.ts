import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { decodeConfig } from "../src/config/Config.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { makeConnector } from "../src/source/Connector.ts"
import { Secret } from "../src/source/Settings.ts"
import { Source } from "../src/source/Source.ts"

const opened: Array<string> = []
const connector = makeConnector({
  type: "memory",
  settings: Schema.Struct({ type: Schema.Literal("memory"), url: Secret, size: Schema.optionalKey(Schema.Int) }),
  layer: (settings, secrets) => {
    opened.push(Redacted.value(secrets(settings.url)))
    return Layer.effect(
      Source,
      Effect.fail(new ConnectorError({ code: "unreachable", message: "only for its config" })),
    )
  },
})

const secrets: Record<string, string> = { SHOP_URL: "memory://user:hunter2@host" }
const decode = (document: unknown) =>
  decodeConfig(document, { connectors: [connector], secrets: (name) => secrets[name] })
const problemsOf = (document: unknown) =>
  Effect.map(Effect.flip(decode(document)), ({ code, message }) => {
    expect(code).toBe("invalid-config")
    return message.split("\n")
  })

const shop = { type: "memory", url: { secret: "SHOP_URL" } }

describe("decodeConfig", () => {
  it.effect("fills in what is left out", () =>
    Effect.gen(function* () {
      const config = yield* decode({ sources: { shop }, tables: [{ source: "shop", table: "public.orders" }] })
      expect(config.tables).toEqual([
        {
          path: "tables[0]",
          source: "shop",
          table: { schema: "public", name: "orders" },
          into: "orders",
          batchSize: 5000,
          schedule: { kind: "every", millis: 60_000 },
          adopt: false,
          isListed: false,
          where: [],
          deletes: { kind: "reconcile", every: 3_600_000 },
          mode: "incremental",
          drift: "follow",
        },
      ])
      expect([...config.sources.keys()]).toEqual(["shop"])
      expect(opened).toContain("memory://user:hunter2@host")
    }),
  )

  it.effect("reads every field", () =>
    Effect.gen(function* () {
      const config = yield* decode({
        sources: { shop },
        tables: [
          {
            source: "shop",
            table: 'sales."odd.na""me"',
            into: "o",
            cursor: "updated_at",
            key: ["a", "b"],
            columns: ["a", "b", "updated_at"],
            as: { a: "text" },
            where: [
              { column: "a", op: "neq", value: 5 },
              { column: "b", op: "in", value: ["x", true] },
              { column: "c", op: "isNull" },
            ],
            batchSize: 7,
            every: "30 seconds",
            adopt: true,
          },
          { source: "shop", table: "public.*", except: ["public.audit_log"], cursor: "updated_at" },
        ],
      })
      expect(config.tables[0]).toMatchObject({
        table: { schema: "sales", name: 'odd.na"me' },
        schedule: { kind: "every", millis: 30_000 },
        where: [
          { column: "a", op: "neq", value: "5" },
          { column: "b", op: "in", values: ["x", "1"] },
          { column: "c", op: "isNull" },
        ],
      })
      expect(config.wildcards[0]).toMatchObject({ schema: "public", except: [{ schema: "public", name: "audit_log" }] })
    }),
  )

  it.effect("knows the names of other plugins, such as that of StarbaseDB's pull request 265", () =>
    Effect.gen(function* () {
      const theirs = { name: "orders", cursorColumn: "updated_at", batch_size: 2000, interval: 60, targetTable: "o" }
      expect(
        (yield* problemsOf({ sources: {}, tables: [theirs] })).filter((problem) => problem.includes("not known here")),
      ).toEqual(
        ["name", "cursorColumn", "batch_size", "interval", "targetTable"].map((name, index) => {
          const ours = ["table", "cursor", "batchSize", "every", "into"][index]
          return `tables[0].${name}: is not known here; did you mean "${ours}"?`
        }),
      )
    }),
  )

  it.effect("lists every problem with its path and a suggestion", () =>
    Effect.gen(function* () {
      expect(
        yield* problemsOf({
          sources: { shop: { type: "memory", url: "memory://user:hunter2@host", sise: 1 } },
          tables: [{ source: "shop", tabel: "x", every: "soon", batchSize: 0 }, { table: 5 }],
        }),
      ).toEqual([
        'tables[0].tabel: is not known here; did you mean "table"?',
        "tables[0].table: is missing",
        "tables[0].batchSize: expected a value between 1 and 100000",
        'tables[0].every: must be a duration such as "30 seconds"',
        "tables[1].source: is missing",
        "tables[1].table: expected string",
        'sources.shop.sise: is not known here; did you mean "size"?',
        'sources.shop.url: must be { "secret": "NAME" }: secrets are named, never inline',
      ])
      expect(
        yield* problemsOf({
          sources: {
            shop: { type: "memory", url: "memory://user:hunter2@host", sise: 1 },
            other: { type: "memory", url: { secret: "OTHER_URL" } },
            third: { type: "memmory" },
            fourth: {},
          },
          tables: [
            { source: "shopp", table: "a.b.c" },
            { source: "shop", table: "orders", except: ["x"] },
            { source: "shop", table: "sales.ORDERS" },
            { source: "shop", table: "x", into: "TMP_x", every: "10 millis" },
            { source: "shop", table: "s.*", into: "y", except: ["a.b.c"] },
            { source: "shop", table: "y", into: "a\0b" },
            { source: "shop", table: "z", into: "half \ud83d" },
            { source: "shop", table: "Excluded" },
          ],
        }),
      ).toEqual([
        'sources.shop.sise: is not known here; did you mean "size"?',
        'sources.shop.url: must be { "secret": "NAME" }: secrets are named, never inline',
        "sources.other.url: no secret named OTHER_URL is set in this deployment",
        'sources.third.type: this deployment includes memory, not "memmory"; did you mean "memory"?',
        "sources.fourth.type: is missing; this deployment includes memory",
        'tables[0].source: no source "shopp" in sources; did you mean "shop"?',
        "tables[0].table: must be a name, or a schema and a name; put parts with dots or quotes in double quotes",
        'tables[1].except: only goes with a table such as "public.*"',
        "tables[3].every: must be at least 1 second",
        'tables[4].into: does not go with a table such as "s.*"',
        "tables[4].except[0]: must be a name, or a schema and a name",
        'tables[2].into: "ORDERS" is already the replica table of tables[1]; give one of them another name with into',
        'tables[3].into: "TMP_x" is reserved; choose a name that does not begin with tmp_, sqlite_ or _cf_',
        String.raw`tables[5].into: "a\u0000b" cannot be a table's name; choose one without NUL and halves of surrogate pairs`,
        String.raw`tables[6].into: "half \ud83d" cannot be a table's name; choose one without NUL and halves of surrogate pairs`,
        'tables[7].into: "Excluded" has a meaning of its own in SQLite\'s statements; give it another name with into',
      ])
    }),
  )

  it.effect("tells a field that is not known, a type that is not there and a secret that is not set at once", () =>
    Effect.gen(function* () {
      expect(
        yield* problemsOf({
          sources: { shop: { type: "memry", url: { secret: "OTHER_URL" } } },
          tables: [
            { source: "shop", table: "orders", curser: "updated_at" },
            { source: "shop", table: "lines", cursorColumn: "updated_at", as: { total: "REAL" } },
            { source: "shpo", table: "notes", overlap: 5 },
          ],
          limits: { shop: {} },
        }),
      ).toEqual([
        'tables[0].curser: is not known here; did you mean "cursor"?',
        'tables[1].cursorColumn: is not known here; did you mean "cursor"?',
        'tables[1].as.total: expected "integer" | "real" | "text" | "sortable"',
        'sources.shop.type: this deployment includes memory, not "memry"; did you mean "memory"?',
        "sources.shop.url: no secret named OTHER_URL is set in this deployment",
        'tables[2].source: no source "shpo" in sources; did you mean "shop"?',
        "tables[2].overlap: only goes with a cursor",
      ])
      expect(
        yield* problemsOf({
          tables: [{ source: "shop", table: "a", timeZone: "UTC" }],
          defaults: { cron: 5 },
          limits: { shop: { concurrency: 99 } },
        }),
      ).toEqual([
        "sources: is missing",
        "defaults.cron: expected string",
        "limits.shop.concurrency: expected a value between 1 and 16",
      ])
    }),
  )

  it.effect("reads schedules, limits and the budget, and what is wrong with them", () =>
    Effect.gen(function* () {
      const tables = [
        { source: "shop", table: "a" },
        { source: "shop", table: "b", cron: "*/5 * * * *", timeZone: "Europe/Berlin" },
        { source: "shop", table: "c", every: "5 minutes" },
      ]
      const config = yield* decode({
        sources: { shop },
        tables,
        defaults: { every: "10 seconds" },
        limits: { shop: { concurrency: 4, queriesPerSecond: 10 } },
        budget: { time: "5 seconds", rows: 1000 },
      })
      expect(config.tables.map(({ schedule }) => schedule)).toMatchObject([
        { kind: "every", millis: 10_000 },
        { kind: "cron", text: "*/5 * * * * Europe/Berlin" },
        { kind: "every", millis: 300_000 },
      ])
      expect(config.limits.get("shop")).toEqual({ concurrency: 4, queriesPerSecond: 10 })
      expect(config.budget).toMatchObject({ millis: 5000, rows: 1000, queries: Number.POSITIVE_INFINITY })
      const problems = yield* problemsOf({
        sources: { shop },
        tables: [
          { source: "shop", table: "a", every: "1 minute", cron: "* * * * *" },
          { source: "shop", table: "b", cron: "61 * * * *" },
          { source: "shop", table: "c", cron: "* * * * *", timeZone: "Europe/Nowhere" },
          { source: "shop", table: "d", timeZone: "Europe/Berlin" },
        ],
        limits: { shpo: {} },
      })
      expect(problems).toHaveLength(5)
      expect(problems[0]).toBe("tables[0].cron: does not go with every")
      expect(problems[1]).toMatch(/^tables\[1\]\.cron: /)
      expect(problems[2]).toMatch(/^tables\[2\]\.cron: /)
      expect(problems[3]).toBe("tables[3].timeZone: only goes with cron")
      expect(problems[4]).toBe('limits.shpo: no source "shpo" in sources; did you mean "shop"?')
    }),
  )

  it.effect("never repeats a value that stands where a secret's name should", () =>
    Effect.gen(function* () {
      for (const url of [
        "memory://user:hunter2@host",
        { secret: "hunter2", hunter2x: 1 },
        ["hunter2"],
        { url: "hunter2" },
      ]) {
        const problems = yield* problemsOf({
          sources: { shop: { type: "memory", url } },
          tables: [{ source: "shop", table: "t" }],
        })
        expect(
          problems.filter((problem) => problem.includes("hunter2") && !/named hunter2|hunter2x/.test(problem)),
        ).toEqual([])
      }
    }),
  )

  it.effect("does not stumble over documents of any other kind", () =>
    Effect.gen(function* () {
      for (const document of [
        null,
        1,
        "x",
        [],
        {},
        { sources: 1, tables: {} },
        { sources: { a: null }, tables: [null] },
      ]) {
        expect((yield* problemsOf(document)).length).toBeGreaterThan(0)
      }
    }),
  )
})

describe("replicas", () => {
  const document = (replicas: unknown, tables: ReadonlyArray<string> = ["orders", "plans"]) => ({
    sources: { shop },
    tables: tables.map((table) => ({ source: "shop", table })),
    replicas,
  })

  it.effect("are nobody without a word of them", () =>
    Effect.map(decode({ sources: { shop }, tables: [{ source: "shop", table: "orders" }] }), ({ replicas }) =>
      expect(replicas).toBeUndefined(),
    ),
  )

  it.effect("get each table by what is said of it, else by the column of all", () =>
    Effect.gen(function* () {
      const { replicas } = yield* decode(
        document({ by: { column: "tenant" }, tables: { plans: "all", orders: { column: "account" } } }),
      )
      expect(["orders", "plans", "constructor"].map((into) => replicas?.fanOf(into))).toEqual([
        { column: "account" },
        "all",
        { column: "tenant" },
      ])
      expect(replicas).toMatchObject({ hasTenants: true, regions: [], keep: { age: 86_400_000, entries: 100_000 } })
    }),
  )

  it.effect("get all tables where no tenant is told apart", () =>
    Effect.gen(function* () {
      const { replicas } = yield* decode(
        document({ regions: ["weur", "enam"], tables: { plans: "none" }, keep: { age: "2 hours", entries: 7 } }),
      )
      expect(["orders", "plans"].map((into) => replicas?.fanOf(into))).toEqual(["all", "none"])
      expect(replicas).toMatchObject({
        hasTenants: false,
        regions: ["weur", "enam"],
        keep: { age: 7_200_000, entries: 7 },
      })
    }),
  )

  it.effect("have every problem told at once, with others", () =>
    Effect.gen(function* () {
      expect(
        yield* problemsOf({
          ...document({ by: { colum: "tenant" }, tables: { plan: "all", orders: "some" }, keep: { entries: 0 } }),
          budgets: {},
        }),
      ).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^replicas\.by\.column: is missing/),
          expect.stringMatching(/^replicas\.by\.colum: is not known here; did you mean "column"/),
          expect.stringMatching(/^replicas\.tables\.orders/),
          expect.stringMatching(/^replicas\.keep\.entries/),
          expect.stringMatching(/^budgets: is not known here/),
        ]),
      )
      expect(yield* problemsOf(document({ tables: { plan: "all" }, regions: ["weur", "weur"] }))).toEqual([
        'replicas.tables.plan: no replica table "plan"; did you mean "plans"?',
        'replicas.regions[1]: "weur" is there already',
      ])
      yield* decode(document({ tables: { anything: "all" } }, ["*"]))
    }),
  )
})

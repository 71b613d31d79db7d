import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { connector } from "../src/Connector.ts"
import { makeTarget } from "../src/internal/target.ts"
import type { Settings } from "../src/Settings.ts"
import { failureOf } from "./support/source.ts"

const settings = (more: Partial<Settings> = {}): Settings => ({
  type: "supabase",
  url: "https://abcdefgh.supabase.co",
  key: { secret: "KEY" },
  ...more,
})
const target = (more: Partial<Settings>, secrets: Readonly<Record<string, string>>) =>
  makeTarget(settings(more), ({ secret }) => Redacted.make(secrets[secret] ?? ""))

const token = (claims: object) =>
  `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2lnbmF0dXJl`

describe("makeTarget", () => {
  it("fills in what is not set", async () => {
    expect(await Effect.runPromise(target({}, { KEY: " sb_secret_x\n" }))).toMatchObject({
      url: "https://abcdefgh.supabase.co",
      label: "abcdefgh.supabase.co",
      schema: "public",
      requestTimeout: 30_000,
      seesAllRows: true,
    })
    const { key } = await Effect.runPromise(target({}, { KEY: " sb_secret_x\n" }))
    expect([Redacted.value(key), JSON.stringify({ key })]).toEqual(["sb_secret_x", '{"key":"<redacted>"}'])
  })

  it.each([
    ["https://abcdefgh.supabase.co/", "https://abcdefgh.supabase.co"],
    ["https://abcdefgh.supabase.co/rest/v1/", "https://abcdefgh.supabase.co"],
    ["http://127.0.0.1:8000/base", "http://127.0.0.1:8000/base"],
  ])("takes %s for %s", async (url, expected) => {
    expect((await Effect.runPromise(target({ url }, { KEY: "k" }))).url).toBe(expected)
    const secret = await Effect.runPromise(target({ url: { secret: "URL" } }, { KEY: "k", URL: url }))
    expect([secret.url, secret.label]).toEqual([expected, "The API"])
  })

  it.each([
    ["sb_secret_x", true],
    ["sb_publishable_x", false],
    [token({ role: "service_role", ref: "ünï" }), true],
    [token({ role: "anon" }), false],
    [token({}), false],
    ["a.b.c", false],
    ["something", false],
  ])("knows whether %s sees all rows", async (key, expected) => {
    expect((await Effect.runPromise(target({}, { KEY: key }))).seesAllRows).toBe(expected)
    expect((await Effect.runPromise(target({ seesAllRows: true }, { KEY: key }))).seesAllRows).toBe(true)
  })

  it.each([
    [{ URL: "not a url", KEY: "k" }, "The secret URL must be the URL"],
    [{ URL: "postgres://u:hunter2@host/db", KEY: "k" }, "The secret URL must be the URL"],
    [{ URL: "https://u:hunter2@host", KEY: "k" }, "no password"],
    [{ URL: "https://host/?apikey=hunter2", KEY: "k" }, "nothing after its path"],
    [{ URL: "https://host", KEY: "hunter2 hunter2" }, "The secret KEY is no API key"],
    [{ URL: "https://host", KEY: "" }, "The secret KEY is no API key"],
  ])("refuses %j without showing it", async (secrets, message) => {
    const error = await Effect.runPromise(failureOf(target({ url: { secret: "URL" } }, secrets)))
    expect(error).toMatchObject({ code: "invalid-config", message: expect.stringContaining(message) })
    expect(JSON.stringify(error.describe())).not.toContain("hunter2")
  })
})

describe("settings", () => {
  it("lists every problem with its path", () => {
    const entry = {
      type: "supabase",
      url: "ftp://host",
      key: "sb_secret_x",
      requestTimeout: "soon",
      shema: "public",
      tables: { "a.b.c": { columns: { id: "int" } }, orders: { columns: { id: "int" }, key: ["ib"] } },
    }
    const opened = connector.open(entry, "sources.shop")
    const problems = "problems" in opened ? opened.problems : []
    expect(problems.map((problem) => problem.split(":")[0]).toSorted()).toEqual([
      "sources.shop.key",
      "sources.shop.requestTimeout",
      "sources.shop.shema",
      "sources.shop.tables.orders.key[0]",
      "sources.shop.url",
    ])
    expect(problems.join()).not.toContain("sb_secret_x")
    const named = connector.open({ ...settings(), tables: { "a.b.c": { columns: { id: "int" } } } }, "sources.shop")
    expect(named).toEqual({
      problems: ['sources.shop.tables["a.b.c"]: must be a name, or a schema and a name'],
    })
  })

  it("opens with the least that is needed", () => {
    expect("layer" in connector.open(settings(), "sources.shop")).toBe(true)
  })
})

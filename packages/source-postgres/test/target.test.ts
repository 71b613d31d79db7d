import { describe, it } from "@effect/vitest"
import { makeAddress, noticesOf } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { expect } from "vitest"
import { connector, Settings } from "../src/index.ts"
import { addressForm } from "../src/Settings.ts"
import { failureOf } from "./support/source.ts"

const target = (url: string, more: object = {}) =>
  makeAddress(
    addressForm,
    Schema.decodeUnknownSync(Settings)({ type: "postgres", url: { secret: "SHOP_URL" }, ...more }),
    () => Redacted.make(url),
  )

describe("makeAddress", () => {
  it.effect.each([
    [
      "postgres://u:p@db.example.com:6543/shop",
      { host: "db.example.com", port: 6543, user: "u", database: "shop", tls: "require" },
    ],
    ["postgresql://u@db.example.com", { host: "db.example.com", port: 5432, user: "u", database: "u" }],
    ["postgres://u:p@localhost/x", { tls: "disable" }],
    ["postgres://u:p@127.0.0.1/x", { tls: "disable" }],
    ["postgres://u:p@[::1]:5433/x", { host: "::1", port: 5433, tls: "disable" }],
    ["postgres://u:p@abc.hyperdrive.local:5432/x", { tls: "disable" }],
    ["postgres://u:p@db.example.com/x?sslmode=disable", { tls: "disable" }],
    ["postgres://u:p@db.example.com/x?sslmode=verify-full&channel_binding=require", { tls: "verify" }],
    ["postgres://u:p@db.example.com/x?sslmode=verify-full&sslrootcert=system", { tls: "verify", ignored: [] }],
    ["postgres://u%40x:p@h/d%20b", { user: "u@x", database: "d b" }],
  ] as const)("reads %s", ([url, expected]) => Effect.map(target(url), (made) => expect(made).toMatchObject(expected)))

  it.effect("keeps the password out of sight", () =>
    Effect.map(target("postgres://u:p%2Fss%23@h/d"), (made) => {
      expect(Redacted.value(made.password)).toBe("p/ss#")
      expect(inspect(made, { depth: 9 })).not.toContain("p/ss#")
    }),
  )

  it.effect("tells which parameters have no effect", () =>
    Effect.map(target("postgres://u:p@h/d?sslmode=require&options=-c%20x&pgbouncer=true"), (made) =>
      expect(noticesOf(made)).toEqual([
        "The url's parameter options has no effect here.",
        "The url's parameter pgbouncer has no effect here.",
      ]),
    ),
  )

  it.effect("refuses an own authority in a Worker, which would not heed it", () => {
    const settings = Schema.decodeUnknownSync(Settings)({
      type: "postgres",
      host: "h",
      user: "u",
      database: "d",
      tls: { ca: "-----BEGIN" },
    })
    return Effect.gen(function* () {
      const refused = yield* failureOf(makeAddress(addressForm, settings, () => Redacted.make(""), true))
      expect(refused).toMatchObject({ code: "invalid-config", hint: expect.stringContaining("certificate-authority") })
      expect(refused.hint).toContain("verify-full")
      expect(yield* makeAddress(addressForm, settings, () => Redacted.make(""), false)).toHaveProperty("tls.ca")
    })
  })

  it.effect("lets the settings go before the url", () =>
    Effect.map(
      target("postgres://u:p@h/d?sslmode=disable", {
        tls: "verify",
        statementTimeout: "2 seconds",
        connectTimeout: "100 millis",
      }),
      (made) => expect(made).toMatchObject({ tls: "verify", statementTimeout: 2000, connectTimeout: 100 }),
    ),
  )

  it.effect.each([
    ["not a url", "is not a PostgreSQL URL"],
    ["mysql://u:hunter2@h/d", "is not a PostgreSQL URL"],
    ["postgres://u:hun/ter2@h/d", "is not a PostgreSQL URL"],
    ["postgres://u:hunter2%@h/d", "is not a PostgreSQL URL"],
    ["postgres://h/d", "is a URL without a user"],
    ["postgres://u:hun?ter2@h/d", "is "],
    ["postgres://u:hun#ter2@h/d", "is "],
    ["postgres://u:hunter2@h/d?sslmode=require&sslrootcert=system", "is a URL with sslrootcert"],
    ["postgres://u:hunter2@h/d?q=a@b", "is not a"],
    ["postgres://u:hunter2@h/d#top", "is not a"],
    [
      'postgres://u:hunter2@h/d?ssl={"rejectUnauthorized":true}&sslaccept=strict',
      "is a URL with ssl, sslaccept, where sslmode",
    ],
    ["postgres://u:hunter2@h/d?sslmode=maybe", "is a URL whose sslmode is none of"],
  ] as const)("refuses %s and shows none of it", ([url, problem]) =>
    Effect.map(failureOf(target(url)), (error) => {
      expect(error).toMatchObject({ code: "invalid-config", message: expect.stringContaining(problem) })
      expect(error.message).toContain("SHOP_URL")
      expect(inspect(error)).not.toMatch(/hunter2|ter2/)
    }),
  )
})

describe("Settings", () => {
  const problems = (entry: object) => connector.open({ type: "postgres", ...entry }, "sources.shop")
  it.each([
    [{}, ["sources.shop.url: is missing"]],
    [{ host: "h" }, ["sources.shop.user: is missing"]],
    [
      { url: { secret: "U" }, host: "h", password: { secret: "P" } },
      ["sources.shop.host: does not go with url", "sources.shop.password: does not go with url"],
    ],
    [{ url: { secret: "U" }, passwrod: 1 }, [expect.stringContaining("sources.shop.passwrod: is not known here")]],
    [
      { url: { secret: "U" }, statementTimeout: "soon" },
      [expect.stringContaining("sources.shop.statementTimeout: must be a duration")],
    ],
    [{ url: "postgres://u:p@h/d" }, [expect.stringContaining("sources.shop.url: ")]],
    [{ url: { secret: "U" }, tls: "maybe" }, [expect.stringContaining("sources.shop.tls: ")]],
  ])("finds what is wrong in %j", (entry, expected) => {
    expect(problems(entry)).toEqual({ problems: expected })
  })

  it.each([
    [{ url: { secret: "U" } }],
    [{ url: { secret: "U" }, tls: { ca: "-----BEGIN" }, schema: "shop" }],
    [{ host: "h", port: 5433, user: "u", database: "d", password: { secret: "P" }, tls: "verify" }],
    [{ host: "h", user: "u" }],
  ])("takes %j", (entry) => {
    expect(problems(entry)).toHaveProperty("layer")
  })
})

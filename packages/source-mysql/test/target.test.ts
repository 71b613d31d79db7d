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
    Schema.decodeUnknownSync(Settings)({ type: "mysql", url: { secret: "SHOP_URL" }, ...more }),
    () => Redacted.make(url),
  )

describe("makeAddress", () => {
  it.effect.each([
    [
      "mysql://u:p@db.example.com:6543/shop",
      { host: "db.example.com", port: 6543, user: "u", database: "shop", tls: "require" },
    ],
    ["mariadb://u@db.example.com/d", { host: "db.example.com", port: 3306, user: "u", database: "d" }],
    ["mysql://u:p@localhost/x", { tls: "disable" }],
    ["mysql://u:p@127.0.0.1/x", { tls: "disable" }],
    ["mysql://u:p@[::1]:5433/x", { host: "::1", port: 5433, tls: "disable" }],
    ["mysql://u:p@abc.hyperdrive.local:3306/x", { tls: "disable" }],
    ["mysql://u:p@db.example.com/x?ssl-mode=disabled", { tls: "disable" }],
    ["mysql://u:p@db.example.com/x?ssl-mode=VERIFY_IDENTITY&connection_limit=1", { tls: "verify" }],
    ["mysql://u%40x:p@h/d%20b", { user: "u@x", database: "d b" }],
  ] as const)("reads %s", ([url, expected]) => Effect.map(target(url), (made) => expect(made).toMatchObject(expected)))

  it.effect("keeps the password out of sight", () =>
    Effect.map(target("mysql://u:p%2Fss%23@h/d"), (made) => {
      expect(Redacted.value(made.password)).toBe("p/ss#")
      expect(inspect(made, { depth: 9 })).not.toContain("p/ss#")
    }),
  )

  it.effect("tells which parameters have no effect", () =>
    Effect.map(target("mysql://u:p@h/d?ssl-mode=required&options=-c%20x&pgbouncer=true"), (made) =>
      expect(noticesOf(made)).toEqual([
        "The url's parameter options has no effect here.",
        "The url's parameter pgbouncer has no effect here.",
      ]),
    ),
  )

  it.effect("refuses an own authority in a Worker, which would not heed it", () => {
    const settings = Schema.decodeUnknownSync(Settings)({
      type: "mysql",
      host: "h",
      user: "u",
      database: "d",
      tls: { ca: "-----BEGIN" },
    })
    return Effect.gen(function* () {
      const refused = yield* failureOf(makeAddress(addressForm, settings, () => Redacted.make(""), true))
      expect(refused).toMatchObject({ code: "invalid-config", hint: expect.stringContaining("certificate-authority") })
      expect(refused.hint).toContain("VERIFY_IDENTITY")
      expect(yield* makeAddress(addressForm, settings, () => Redacted.make(""), false)).toHaveProperty("tls.ca")
    })
  })

  it.effect("lets the settings go before the url", () =>
    Effect.map(
      target("mysql://u:p@h/d?ssl-mode=disabled", {
        tls: "verify",
        statementTimeout: "2 seconds",
        connectTimeout: "100 millis",
      }),
      (made) => expect(made).toMatchObject({ tls: "verify", statementTimeout: 2000, connectTimeout: 100 }),
    ),
  )

  it.effect.each([
    ["not a url", "is not a MySQL URL"],
    ["postgres://u:hunter2@h/d", "is not a MySQL URL"],
    ["mysql://u:hun/ter2@h/d", "is not a MySQL URL"],
    ["mysql://u:hunter2%@h/d", "is not a MySQL URL"],
    ["mysql://h/d", "is a URL without a user"],
    ["mysql://u:hunter2@h", "is a URL without a database"],
    ["mysql://u:hun?ter2@h/d", "is "],
    ["mysql://u:hun#ter2@h/d", "is "],
    ["mysql://u:hunter2@h/d?q=a@b", "is not a"],
    ["mysql://u:hunter2@h/d#top", "is not a"],
    [
      'mysql://u:hunter2@h/d?ssl={"rejectUnauthorized":true}&sslaccept=strict',
      "is a URL with ssl, sslaccept, where ssl-mode",
    ],
    ["mysql://u:hunter2@h/d?ssl-mode=maybe", "is a URL whose ssl-mode is none of"],
  ] as const)("refuses %s and shows none of it", ([url, problem]) =>
    Effect.map(failureOf(target(url)), (error) => {
      expect(error).toMatchObject({ code: "invalid-config", message: expect.stringContaining(problem) })
      expect(error.message).toContain("SHOP_URL")
      expect(inspect(error)).not.toMatch(/hunter2|ter2/)
    }),
  )
})

describe("Settings", () => {
  const problems = (entry: object) => connector.open({ type: "mysql", ...entry }, "sources.shop")
  it.each([
    [{}, ["sources.shop.url: is missing"]],
    [{ host: "h" }, ["sources.shop.user: is missing", "sources.shop.database: is missing"]],
    [
      { url: { secret: "U" }, host: "h", password: { secret: "P" } },
      ["sources.shop.host: does not go with url", "sources.shop.password: does not go with url"],
    ],
    [{ url: { secret: "U" }, passwrod: 1 }, [expect.stringContaining("sources.shop.passwrod: is not known here")]],
    [
      { url: { secret: "U" }, statementTimeout: "soon" },
      [expect.stringContaining("sources.shop.statementTimeout: must be a duration")],
    ],
    [{ url: "mysql://u:p@h/d" }, [expect.stringContaining("sources.shop.url: ")]],
    [{ url: { secret: "U" }, tls: "maybe" }, [expect.stringContaining("sources.shop.tls: ")]],
  ])("finds what is wrong in %j", (entry, expected) => {
    expect(problems(entry)).toEqual({ problems: expected })
  })

  it.each([
    [{ url: { secret: "U" } }],
    [{ url: { secret: "U" }, tls: { ca: "-----BEGIN" }, tinyint1: "boolean" }],
    [{ host: "h", port: 5433, user: "u", database: "d", password: { secret: "P" }, tls: "verify" }],
    [{ host: "h", user: "u", database: "d" }],
  ])("takes %j", (entry) => {
    expect(problems(entry)).toHaveProperty("layer")
  })
})

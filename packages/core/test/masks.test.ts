import { createHmac } from "node:crypto"
import { inspect } from "node:util"
import fc from "fast-check"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { decodeConfig } from "../src/config/Config.ts"
import { expand } from "../src/config/TableConfig.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { type Mask, maskIdentity, maskValue } from "../src/mask/Mask.ts"
import { MaskKey } from "../src/mask/MaskKey.ts"
import { inReplica } from "../src/plan/InReplica.ts"
import { keyInReplica } from "../src/plan/MaskedKey.ts"
import { looksPersonal } from "../src/plan/Personal.ts"
import { makePlan, type Plan } from "../src/plan/Plan.ts"
import { fingerprint } from "../src/run/Scheduler.ts"
import { makeConnector } from "../src/source/Connector.ts"
import { Source } from "../src/source/Source.ts"
import { makeConversion } from "../src/sync/Conversion.ts"
import type { ColumnType, TableSchema } from "../src/table/Table.ts"

const secret = "a secret of no fewer than 32 characters"
const key = new MaskKey(secret)
const hmacOf = (text: string) => createHmac("sha256", secret).update(text).digest("hex").slice(0, 32)

const schema = (columns: Readonly<Record<string, ColumnType>>, ofKey: ReadonlyArray<string> = ["id"]): TableSchema => ({
  name: { schema: "public", name: "users" },
  kind: "table",
  columns: Object.entries(columns).map(([name, type]) => ({ name, type, sourceType: type, nullable: true })),
  key: ofKey,
})

const toy = makeConnector({
  type: "toy",
  settings: Schema.Struct({ type: Schema.Literal("toy") }),
  layer: () => Layer.effect(Source, Effect.fail(new ConnectorError({ code: "unreachable", message: "never asked" }))),
})

const decode = (entry: object, more: object = {}, secrets: Readonly<Record<string, string>> = { MASK_KEY: secret }) =>
  decodeConfig(
    { sources: { shop: { type: "toy" } }, tables: [{ source: "shop", table: "public.users", ...entry }], ...more },
    {
      connectors: [toy],
      secrets: (name) => secrets[name],
    },
  )

const planned = async (entry: object, table: TableSchema, more: object = {}) => {
  const { tables, wildcards } = await Effect.runPromise(decode(entry, more))
  const [config = wildcards.map((one) => expand(one, { name: "users" }))[0]] = tables
  if (config === undefined) throw new Error("no table")
  return makePlan(config, table, false)
}

const planOf = async (...args: Parameters<typeof planned>): Promise<Plan> => {
  const found = await planned(...args)
  if ("problems" in found) throw new Error(found.problems.join("\n"))
  return found.plan
}

const problemsOf = async (...args: Parameters<typeof planned>) => {
  const found = await planned(...args)
  return "problems" in found ? found.problems : []
}

const problemOf = (...args: Parameters<typeof decode>) =>
  Effect.runPromise(Effect.flip(decode(...args))).then(({ message }) => message)

const hmac = { hmac: { secret: "MASK_KEY" } }

describe("what a mask leaves of a value", () => {
  const masked = (mask: Mask, value: string, type: ColumnType = "text") => maskValue(mask, type)(value)

  it("is a token that anybody with the secret can make, of the canonical text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(masked({ kind: "hmac", key }, text)).toBe(hmacOf(text))
      }),
    )
    expect(masked({ kind: "hmac", key }, "1e+1", "real")).toBe(hmacOf("10"))
    expect(masked({ kind: "hmac", key }, "\ud800")).toBeUndefined()
  })

  it("is the last characters, never more than half of them", () => {
    const keep = (value: string) => masked({ kind: "keep", last: 4 }, value)
    expect(["4111111111111111", "1234", "123", "1", "", "a😀b😀"].map(keep)).toEqual([
      "****1111",
      "****34",
      "****3",
      "****",
      "****",
      "****b😀",
    ])
  })

  it("is a year, where there is one", () => {
    const year = (value: string) => masked({ kind: "year" }, value, "timestamptz")
    expect(["1984-06-01", "0044-03-15T00:00:00.000000Z", "10001-01-01"].map(year)).toEqual(["1984", "44", "10001"])
    expect(["0044-03-15 BC", "infinity", "0000-00-00", "secret", "1984"].map(year)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it("is one value for all rows", () => {
    expect(masked({ kind: "redact" }, "x")).toBe("redacted")
    expect(masked({ kind: "null" }, "x")).toBeNull()
  })
})

describe("the secret of a mask", () => {
  it("is in no text that is made of it", () => {
    const told = [JSON.stringify(key), inspect(key, { depth: 9, showHidden: true }), String(key), key.fingerprint]
    expect(told.filter((text) => text.includes("secret"))).toEqual([])
    expect(maskIdentity({ kind: "hmac", key })).not.toBe(maskIdentity({ kind: "hmac", key: new MaskKey(`${secret}!`) }))
  })

  it("opens what it has sealed, and nothing else", async () => {
    const sealed = await key.seal("alice@example.com")
    expect(sealed).not.toContain("alice")
    expect(Buffer.from(sealed, "base64").toString("latin1")).not.toContain("alice")
    expect(await key.unseal(sealed)).toBe("alice@example.com")
    expect(await key.seal("alice@example.com")).toBe(sealed)
    expect(await new MaskKey(`${secret}!`).unseal(sealed)).toBeUndefined()
    expect(await key.unseal("alice@example.com")).toBeUndefined()
    expect(await key.unseal(`${sealed.slice(0, -4)}AAA=`)).toBeUndefined()
    expect(await key.unseal(await key.seal("x".repeat(100_000)))).toHaveLength(100_000)
  })

  it("must be set, and be long, wherever it is named", async () => {
    const more = { mask: { shop: { "*.email": hmac }, shopp: {} } }
    expect(await problemOf({ mask: { email: hmac } }, more, {})).toBe(
      [
        'mask.shop["*.email"].hmac: no secret named MASK_KEY is set in this deployment',
        'mask.shopp: no source "shopp" in sources; did you mean "shop"?',
        "tables[0].mask.email.hmac: no secret named MASK_KEY is set in this deployment",
      ].join("\n"),
    )
    expect(await problemOf({ mask: { email: hmac } }, {}, { MASK_KEY: "short" })).toMatch(
      /^tables\[0\]\.mask\.email\.hmac: the secret MASK_KEY has fewer than 32 characters/,
    )
    expect(await problemOf({ mask: { email: { hmac: "inline" } } })).toMatch(/tables\[0\]\.mask\.email/)
    expect(await problemOf({ mask: { email: "sha256" } })).toMatch(/tables\[0\]\.mask\.email/)
  })

  it("is part of what a table that waits is blocked by", async () => {
    const configOf = async (value: string) =>
      (await Effect.runPromise(decode({ mask: { email: hmac } }, {}, { MASK_KEY: value }))).tables.map(fingerprint)
    expect(await configOf(secret)).toEqual(await configOf(secret))
    expect(await configOf(secret)).not.toEqual(await configOf(`${secret}!`))
  })
})

describe("masks of a table", () => {
  const users = schema({ id: "integer", email: "text", Phone: "text", born: "date", note: "text" })

  it("go by names and patterns, the source's first, and the last one counts", async () => {
    const more = { mask: { shop: { "*.E*": "redact", "users.phone": hmac, "other.note": "redact", id: "none" } } }
    const kinds = ({ columns, blank = [] }: Plan) => [
      columns.map(({ name, mask }) => [name, mask?.kind]),
      blank.map(({ name, mask }) => [name, mask?.kind]),
    ]
    expect(kinds(await planOf({}, users, more))).toEqual([
      [
        ["id", undefined],
        ["Phone", "hmac"],
        ["born", undefined],
        ["note", undefined],
      ],
      [["email", "redact"]],
    ])
    const own = { mask: { email: "none", born: { year: true }, "n*": "null" } }
    expect(kinds(await planOf(own, users, more))).toEqual([
      [
        ["id", undefined],
        ["email", undefined],
        ["Phone", "hmac"],
        ["born", "year"],
      ],
      [["note", "null"]],
    ])
    expect(kinds(await planOf({}, users, { mask: { shop: { "public.users.note": "redact" } } }))[1]).toHaveLength(1)
  })

  it("leave a row as the replica has it: its columns are those that are read, and those that are not", async () => {
    const plan = await planOf(
      {
        mask: { email: hmac, Phone: { keep: { last: 2 } }, born: { year: true }, note: "redact" },
        rename: { note: "memo" },
      },
      users,
    )
    const row = ["1", "a@b.c", "555-1234", "1984-06-01"]
    expect(makeConversion(plan)([row, ["2", null, null, null]])).toEqual({
      rows: [
        ["1", hmacOf("a@b.c"), "****34", "1984", "redacted"],
        ["2", null, null, null, "redacted"],
      ],
      rejects: [],
    })
    expect(inReplica(plan).columns.map(({ name, type }) => [name, type])).toEqual([
      ["id", "integer"],
      ["email", "text"],
      ["Phone", "text"],
      ["born", "integer"],
      ["memo", "text"],
    ])
  })

  it("hide the key of a row that is set aside, and of one that is deleted", async () => {
    const table = schema({ email: "text", tenant: "integer", amount: "decimal" }, ["email", "tenant"])
    const plan = await planOf({ mask: { email: hmac }, as: { amount: "integer" } }, table)
    expect(keyInReplica(plan)(["a@b.c", "7"])).toEqual([hmacOf("a@b.c"), "7"])
    expect(makeConversion(plan)([["a@b.c", "7", "0.5"]]).rejects).toEqual([
      { key: [hmacOf("a@b.c"), "7"], column: "amount", reason: "the decimal value has no exact form as integer" },
    ])
    expect(makeConversion(plan)([["\ud800", "7", "1"]]).rejects).toMatchObject([
      { column: "email", reason: "the text value is no text" },
    ])
  })

  it("must have a meaning, and leave alone what a pull goes by", async () => {
    const soft = { deletes: { softDelete: "born" } }
    expect(await problemsOf({ mask: { emial: "redact" } }, users)).toEqual([
      'tables[0].mask: no column "emial" in public.users; did you mean "email"?',
    ])
    expect(await problemsOf({ mask: { id: "redact" } }, users)).toEqual([
      'tables[0].mask.id: "id" is in the key, which hmac alone can mask',
    ])
    expect(await problemsOf({ mask: { born: hmac }, cursor: "born" }, users)).toEqual([
      expect.stringMatching(/^tables\[0\]\.mask\.born: "born" is the cursor.*cannot be masked/),
    ])
    expect(await problemsOf({ mask: { "*o*": hmac }, ...soft }, users)).toEqual([
      expect.stringMatching(/^tables\[0\]\.mask\["\*o\*"\]: "born" marks deleted rows and cannot be masked/),
    ])
    expect(
      await problemsOf(
        { mask: { id: { year: true }, email: { year: true } } },
        schema({ id: "integer", email: "text" }, ["email"]),
      ),
    ).toEqual([
      'tables[0].mask.id: "id" has no year; it is neither a date nor a time with one',
      'tables[0].mask.email: "email" is in the key, which hmac alone can mask',
    ])
    expect(await problemsOf({ mask: { email: hmac }, as: { email: "integer" } }, users)).toEqual([
      'tables[0].as: "email" is masked, and has the type of its mask',
    ])
    expect(await problemsOf({ mask: { x: { keep: { last: 1 } } } }, schema({ id: "integer", x: "blob" }))).toEqual([
      'tables[0].mask.x: "x" has no last characters of its own',
    ])
    // A wildcard's tables need not all have the column.
    expect(await problemsOf({ table: "public.*", mask: { nobody: "redact" } }, users)).toEqual([])
  })
})

it("columns look personal by their names", () => {
  const those = [
    "email",
    "billingEmail",
    "e-mail",
    "FIRST_NAME",
    "phone_number",
    "date_of_birth",
    "ip",
    "ipAddress",
    "Surname",
  ]
  expect(those.filter((name) => !looksPersonal(name))).toEqual([])
  const others = [
    "id",
    "name",
    "product_name",
    "zipped",
    "tip",
    "created_at",
    "shipping",
    "mailing_list_id",
    "description",
  ]
  expect(others.filter(looksPersonal)).toEqual([])
})

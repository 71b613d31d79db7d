import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import {
  type AddressForm,
  connectHint,
  noticesOf,
  recipeOf,
  recipes,
  type ServerAddress,
  tlsHint,
} from "../src/index.ts"

const form = { verifyMode: "verify-full" } as AddressForm

const address: ServerAddress = {
  host: "db.example.com",
  port: 1,
  user: "u",
  database: "d",
  password: Redacted.make("p"),
  tls: "require",
  statementTimeout: 1,
  connectTimeout: 1,
  ignored: [],
}

describe("recipeOf", () => {
  it.each([
    ["db.abcdefgh.supabase.co", "Supabase"],
    ["aws-0-eu-central-1.pooler.supabase.com", "Supabase"],
    ["EP-COOL-1-pooler.eu-central-1.aws.NEON.tech.", "Neon"],
    ["shop.abc.eu-west-1.rds.amazonaws.com", "RDS and Aurora"],
    ["shop.mysql.database.azure.com", "Azure"],
    ["aws.connect.psdb.cloud", "PlanetScale"],
    ["dpg-abc-a.oregon-postgres.render.com", "Render"],
    ["direct.abc.flympg.net", "Fly"],
  ])("knows %s", (server, name) => {
    expect(recipeOf(server)?.name).toBe(name)
  })

  it.each([
    "neon.tech",
    "notneon.tech",
    "ep.neon.tech.example.com",
    "supabase.co",
    "evilsupabase.co",
    "abc.hyperdrive.local",
    "10.0.0.1",
    "constructor",
    "",
  ])("knows nothing of %j", (server) => {
    expect(recipeOf(server)).toBeUndefined()
  })

  it("has suffixes that begin with a dot, each for one host", () => {
    const suffixes = recipes.flatMap((recipe) => recipe.suffixes)
    for (const suffix of suffixes) expect(suffix).toMatch(/^(?:\.[a-z0-9-]+)+$/)
    for (const recipe of recipes) {
      for (const suffix of recipe.suffixes) expect(recipeOf(`x${suffix}`)).toBe(recipe)
    }
  })
})

describe("what is said of a host", () => {
  it("stands in the hints of what did not come about", () => {
    const link = "docs/hosts.md#rds-and-aurora"
    const host = "shop.abc.rds.amazonaws.com"
    expect(tlsHint(form, host, true)).toMatch(/verify-full.* At RDS and Aurora: .*the root of its region.*hosts\.md#/)
    expect(connectHint(host, true).hint).toContain("the root of its region")
    // Outside of a Worker, a certificate of one's own needs no Hyperdrive.
    for (const hint of [tlsHint(form, host, false), connectHint(host, false).hint]) {
      expect(hint).toContain(link)
      expect(hint).not.toContain("Hyperdrive")
    }
    expect(connectHint("db.example.com", true)).toEqual({})
    expect(tlsHint(form, "db.example.com", true)).not.toContain("hosts.md")
  })

  it("is told by check, and more where nothing is encrypted", () => {
    expect(noticesOf(address)).toEqual([])
    const neon = { ...address, host: "ep.eu.aws.neon.tech" }
    expect(noticesOf(neon)).toEqual([
      expect.stringMatching(/^ep\.eu\.aws\.neon\.tech is at Neon\. Pulls less than 5 minutes apart .*hosts\.md#neon$/),
    ])
    const open = { ...address, tls: "disable", host: "db.abc.supabase.co" } as const
    expect(noticesOf(open)).toEqual([
      expect.stringContaining("open to the network"),
      expect.stringContaining('type "supabase"'),
    ])
    for (const host of ["localhost", "10.0.0.1", "db.internal", "abc.hyperdrive.local"]) {
      expect(noticesOf({ ...open, host })).toEqual([])
    }
  })
})

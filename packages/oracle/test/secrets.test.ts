import { decodeConfig } from "@starbase-replication/core/config"
import { replicate } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { leaks } from "../src/Secrets.ts"
import { startWorkerd, type Workerd } from "../src/Workerd.ts"

let plain: Postgres
let encrypted: Postgres
let workerd: Workerd
beforeAll(async () => {
  ;[plain, encrypted, workerd] = await Promise.all([startPostgres(), startPostgres({ tls: true }), startWorkerd()])
})
afterAll(async () => {
  await Promise.all([plain?.stop(), encrypted?.stop(), workerd?.stop()])
})

const secret = "s3cr:t/p@ss wörd%41+"
const encoded = encodeURIComponent(secret)

/** Everything in which a source's settings may be wrong, or its server may refuse. */
const ways = (host: string, port: number, tlsPort: number): ReadonlyArray<readonly [string, object, string]> => {
  const url = { type: "postgres", url: { secret: "SECRET" } }
  const parts = { type: "postgres", host, port, user: "postgres", password: { secret: "SECRET" } }
  return [
    ["a wrong password in a URL", url, `postgres://postgres:${encoded}@${host}:${port}/postgres`],
    ["a wrong password by itself", parts, secret],
    ["a user that is not there", url, `postgres://nobody:${encoded}@${host}:${port}/postgres`],
    ["a database that is not there", url, `postgres://postgres:${encoded}@${host}:${port}/nowhere`],
    ["a port where nobody listens", url, `postgres://postgres:${encoded}@${host}:1/postgres`],
    ["a host that is not there", url, `postgres://postgres:${encoded}@nowhere.invalid:5432/postgres`],
    ["a password that is not encoded", url, `postgres://postgres:${secret}@${host}:${port}/postgres`],
    ["a URL of something else", url, `mysql://postgres:${encoded}@${host}:${port}/postgres`],
    ["no URL at all", url, secret],
    ["a URL without a host", url, `postgres://postgres:${encoded}@/postgres`],
    ["an sslmode that is not there", url, `postgres://postgres:${encoded}@${host}:${port}/postgres?sslmode=${encoded}`],
    ["no encryption", { ...url, tls: "require" }, `postgres://postgres:${encoded}@${host}:${port}/postgres`],
    ["another certificate", { ...url, tls: "verify" }, `postgres://postgres:${encoded}@${host}:${tlsPort}/postgres`],
    [
      "an authority that is none",
      { ...url, tls: { ca: "none" } },
      `postgres://postgres:${encoded}@${host}:${tlsPort}/postgres`,
    ],
  ]
}

it("no failure tells a secret: not in answers, errors, logs or what is stored", async () => {
  const logs: Array<string> = []
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...line) => logs.push(line.map(String).join(" ")))
  }
  const { execute } = workerd.object("secrets")
  const told: Array<string> = []
  for (const [way, entry, value] of ways(plain.host, plain.port, encrypted.port)) {
    const exit = await decodeConfig(
      {
        sources: { main: { ...entry, connectTimeout: "2 seconds" } },
        tables: [
          { source: "main", table: "one" },
          { source: "main", table: "*" },
        ],
      },
      { connectors: [connector], secrets: () => value },
    ).pipe(
      Effect.flatMap((config) => replicate(config, { select: "all", claim: false })),
      Effect.tapCause((cause) => Effect.logError("it failed", cause)),
      Effect.provide(layer(execute)),
      Effect.runPromiseExit,
    )
    const text = `${JSON.stringify(exit)} ${String(exit)}`
    expect([way, text.includes('"error":{"code"')]).toEqual([way, true])
    told.push(text)
    for (const table of ["tables", "history", "sources"]) {
      told.push(JSON.stringify(await execute(`SELECT * FROM tmp_replication_${table}`, [])))
    }
  }
  vi.restoreAllMocks()
  expect(leaks([...told, ...logs].join("\n"), { secret, "its beginning": secret.slice(0, 8), encoded })).toEqual([])
})

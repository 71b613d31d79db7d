import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Mariadb,
  type Postgres,
  startMariadb,
  startPostgres,
  startWorkerdProcess,
} from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { bundlePath } from "../scripts/lib/bundle.ts"

/** The oldest runtime that is supported, and one with all that is on by default by now. */
const dates = ["2024-09-25", "2026-11-01"] as const

let mariadb: Mariadb
/** Its certificate is for another name than the one that it is reached by. */
let renamed: Mariadb
let postgres: Postgres
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "test-tls-"))
  await copyFile(bundlePath("all"), join(folder, "all.js"))
  ;[mariadb, renamed, postgres] = await Promise.all([
    startMariadb({ tls: true }),
    startMariadb({ tls: "elsewhere.example" }),
    startPostgres({ tls: true }),
  ])
  for (const server of [mariadb, renamed]) {
    const shop = await server.createDatabase("shop")
    await shop.query(
      `CREATE TABLE t (id int PRIMARY KEY, v longtext); INSERT INTO t SELECT seq, REPEAT('x', 9000) FROM seq_1_to_300`,
    )
  }
  await postgres.query("CREATE TABLE t AS SELECT g AS id, repeat('x', 9000) AS v FROM generate_series(1, 300) g")
  await postgres.query("ALTER TABLE t ADD PRIMARY KEY (id)")
})
afterAll(async () => {
  await Promise.all([mariadb?.stop(), renamed?.stop(), postgres?.stop()])
  await rm(folder, { recursive: true, force: true })
})

interface Checked {
  readonly table: string
  readonly notices?: ReadonlyArray<string>
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
}

const modes = ["disable", "prefer", "require", "verify", "ca"] as const

const capnp = (date: string, trusted: ReadonlyArray<string>) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "disk", disk = (writable = true)),
    (name = "internet", network = (
      allow = ["public", "private"],
      tlsOptions = (trustBrowserCas = true, trustedCertificates = [${trusted.map((pem) => JSON.stringify(pem)).join(", ")}]),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "all.js", esModule = embed "all.js")],
  compatibilityDate = ${JSON.stringify(date)},
  compatibilityFlags = ["nodejs_compat_v2"],
  bindings = [
    (name = "REPLICA", durableObjectNamespace = "ReplicaObject"),
    (name = "ADMIN_AUTHORIZATION_TOKEN", text = "admin"),
    (name = "MYSQL_URL", fromEnvironment = "MYSQL_URL"),
    (name = "RENAMED_URL", fromEnvironment = "RENAMED_URL"),
    (name = "POSTGRES_URL", fromEnvironment = "POSTGRES_URL"),
    (name = "REPLICATION_CONFIG", fromEnvironment = "REPLICATION_CONFIG"),
  ],
  durableObjectNamespaces = [(className = "ReplicaObject", uniqueKey = "replica", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
`

/** The connections of a Worker, and the one of this test. */
const others = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = 'shop'"

/** What the check, and a run, say of each source, by name. */
const ask = async (date: string, trusted: ReadonlyArray<string>, ca: string) => {
  const sources = Object.fromEntries([
    ...modes.flatMap((mode) =>
      (["mysql", "postgres"] as const).map((type) => [
        `${type}_${mode}`,
        { type, url: { secret: `${type.toUpperCase()}_URL` }, tls: mode === "ca" ? { ca } : mode },
      ]),
    ),
    ["renamed", { type: "mysql", url: { secret: "RENAMED_URL" }, tls: "require" }],
  ])
  const tables = Object.keys(sources).map((source) => ({ source, table: "t", into: source }))
  const file = join(folder, `${date}-${trusted.length}.capnp`)
  await writeFile(file, capnp(date, trusted))
  const worker = await startWorkerdProcess(file, {
    MYSQL_URL: new URL("/shop?connection_limit=1", mariadb.url).href.replace("127.0.0.1", "localhost"),
    RENAMED_URL: new URL("/shop", renamed.url).href.replace("127.0.0.1", "localhost"),
    POSTGRES_URL: postgres.url.replace("127.0.0.1", "localhost"),
    REPLICATION_CONFIG: JSON.stringify({ sources, tables }),
  })
  try {
    const get = async (method: string, path: string) => {
      const response = await fetch(`http://127.0.0.1:${worker.port()}${path}`, {
        method,
        headers: { authorization: "Bearer admin" },
      })
      return ((await response.json()) as { readonly result: { readonly tables: ReadonlyArray<Checked> } }).result.tables
    }
    const byName = (tables: ReadonlyArray<Checked>) =>
      Object.fromEntries(tables.map(({ table, error }) => [table, error]))
    const codes = (tables: ReadonlyArray<Checked>) =>
      Object.fromEntries(tables.map(({ table, error }) => [table, error?.code ?? "ok"]))
    const checked = await get("GET", "/replicate/check")
    const ran = await get("POST", "/replicate")
    await vi.waitUntil(async () => (await mariadb.query(others)).length <= 1, { timeout: 20_000 })
    const notices = checked.flatMap((one) => (one.table === "mysql_require" ? (one.notices ?? []) : []))
    return { codes: codes(checked), ran: codes(ran), errors: byName(checked), notices }
  } finally {
    await worker.stop()
  }
}

const each = (drivers: ReadonlyArray<string>, modes: ReadonlyArray<string>, code: string) =>
  Object.fromEntries(drivers.flatMap((driver) => modes.map((mode) => [`${driver}_${mode}`, code])))
const both = ["mysql", "postgres"]
const encrypted = ["prefer", "require", "verify"]

it.each(dates)("a Worker of %s reaches servers whose authority it trusts, by their names alone", async (date) => {
  const authorities = [mariadb.ca ?? "", renamed.ca ?? "", postgres.ca ?? ""]
  const { codes, ran, errors, notices } = await ask(date, authorities, mariadb.ca ?? "")
  const expected = {
    ...each(both, ["disable", ...encrypted], "ok"),
    ...each(both, ["ca"], "invalid-config"),
    renamed: "tls-failed",
  }
  expect(codes).toEqual(expected)
  expect(ran).toEqual(expected)
  expect(notices).toEqual(["The url's parameter connection_limit has no effect here."])
  for (const name of ["mysql_ca", "postgres_ca"]) expect(errors[name]?.hint).toContain("hyperdrive create")
})

it.each(dates)(
  "a Worker of %s refuses servers whose authority it does not trust, and says what helps",
  async (date) => {
    for (const trusted of [[], [renamed.ca ?? ""]]) {
      const { codes, errors } = await ask(date, trusted, mariadb.ca ?? "")
      expect(codes).toEqual({
        ...each(both, ["disable"], "ok"),
        ...each(both, encrypted, "tls-failed"),
        ...each(both, ["ca"], "invalid-config"),
        renamed: "tls-failed",
      })
      for (const name of ["mysql_require", "postgres_require"]) {
        expect(errors[name]?.hint).toContain("wrangler cert upload certificate-authority")
        expect(errors[name]?.hint).not.toMatch(/tls to|"disable"/)
      }
    }
  },
)

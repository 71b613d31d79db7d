import { startPostgres, startSqld, startSupabaseLite } from "@starbase-replication/test-servers"
import { expect, it } from "vitest"
import { cli } from "./support/cli.ts"
import { startInstance, tokens } from "./support/instance.ts"

/** What is proposed of a source that is asked over HTTP. */
const propose = async (type: string, address: string, secret: string) => {
  const args = ["init", "--json", "--type", type, "--address", address, "--secret", "ITS_KEY"]
  const ended = await cli(args, { env: { ITS_KEY: secret } })
  expect(ended).toMatchObject({ status: 0, stderr: "" })
  expect(ended.stdout).not.toContain(secret)
  return JSON.parse(ended.stdout)
}

const setup = "CREATE TABLE orders (id integer PRIMARY KEY, note text, updated_at timestamptz)"

it("init looks at another instance", async () => {
  const hub = await startInstance(`${setup}; INSERT INTO orders VALUES (1, 'one', now())`, (source) => ({
    tables: [{ source, table: "public.orders" }],
  }))
  try {
    await hub.run(["run"])
    const { document, tables } = await propose("starbase", hub.served.url.href, tokens.client)
    expect(document.sources.main).toEqual({
      type: "starbase",
      url: hub.served.url.href,
      token: { secret: "ITS_KEY" },
    })
    expect(tables).toMatchObject([{ entry: { table: "orders" }, key: ["id"], changes: { by: "scan" } }])
    // By its name one would take it for a cursor, but not by its type, which is text here.
    expect(tables[0].notes).toHaveLength(1)
  } finally {
    await hub.stop()
  }
})

it("init looks at Supabase", async () => {
  const postgres = await startPostgres()
  const lite = await startSupabaseLite(postgres)
  await postgres.query(`${setup}; GRANT SELECT ON orders TO service_role`)
  await lite.reload()
  try {
    const { document, tables } = await propose("supabase", lite.url, lite.secretKey)
    expect(document.sources.main).toEqual({ type: "supabase", url: lite.url, key: { secret: "ITS_KEY" } })
    expect(tables).toMatchObject([{ entry: { table: "public.orders" }, key: ["id"], changes: { by: "scan" } }])
    expect(tables[0].notes.join()).toContain("a cursor would save that where it grows with each write: updated_at")
  } finally {
    await lite.stop()
    await postgres.stop()
  }
})

it("init looks at libSQL", async () => {
  const sqld = await startSqld()
  try {
    await sqld.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)")
    const { document, tables } = await propose("libsql", sqld.url, sqld.readToken)
    expect(document.sources.main).toEqual({ type: "libsql", url: sqld.url, token: { secret: "ITS_KEY" } })
    expect(tables).toMatchObject([{ entry: { table: "orders" }, key: ["id"] }])
  } finally {
    await sqld.stop()
  }
})

import { existsSync } from "node:fs"
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  type Mariadb,
  type MariadbDatabase,
  type Postgres,
  startMariadb,
  startPostgres,
} from "@starbase-replication/test-servers"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { serve } from "@starbase-replication/worker/scripts/lib/serve.ts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cli } from "./support/cli.ts"
import { withFolder } from "./support/folder.ts"
import { atTerminal } from "./support/terminal.ts"
import { mysqlShop, postgresShop, replicable, rowsEach } from "./support/shops.ts"

const firstRelease = fileURLToPath(new URL("../../../.changeset/first-release.md", import.meta.url))

let postgres: Postgres
let mariadb: Mariadb
let mysql: MariadbDatabase
beforeAll(async () => {
  const servers = await Promise.all([startPostgres(), startMariadb()])
  ;[postgres, mariadb] = servers
  await postgres.query(postgresShop.join(";\n"))
  mysql = await mariadb.createDatabase("shop")
  await mysql.query(mysqlShop.join(";\n"))
}, 120_000)
afterAll(() => Promise.all([postgres?.stop(), mariadb?.stop()]))

/** Serves what a config says, and hands over the command for it. */
const withInstance = async (
  config: unknown,
  variables: Readonly<Record<string, string>>,
  work: (run: (args: ReadonlyArray<string>) => ReturnType<typeof cli>, url: URL) => Promise<void>,
) => {
  const served = await serve({
    bundle: bundlePath("all"),
    config,
    adminToken: "admin",
    clientToken: "client",
    variables: { ...variables, REPLICATION_ALARM: "off" },
  })
  try {
    const env = { REPLICATION_URL: served.url.href, REPLICATION_TOKEN: "admin" }
    await work((args) => cli(args, { env }), served.url)
  } finally {
    await served.stop()
  }
}

const replica = (url: URL) => makeClient(url, "admin")

interface Proposal {
  readonly document: { readonly tables: ReadonlyArray<{ readonly table: string; readonly into?: string }> }
  readonly tables: ReadonlyArray<{
    readonly entry: {
      readonly table: string
      readonly into?: string
      readonly columns?: ReadonlyArray<string>
      readonly rename?: object
    }
    readonly key: ReadonlyArray<string>
    readonly changes: { readonly by: string }
    readonly rows?: number
    readonly notes: ReadonlyArray<string>
  }>
  readonly leftOut: ReadonlyArray<{ readonly table: string; readonly why: string }>
}

const propose = async (url: string, ...args: ReadonlyArray<string>): Promise<Proposal> => {
  const { status, stderr, stdout } = await cli(["init", "--json", ...args], { env: { DATABASE_URL: url } })
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  return JSON.parse(stdout)
}

const entryOf = ({ tables }: Proposal, table: string) => {
  const found = tables.find(({ entry }) => entry.table === table)
  if (found === undefined) throw new Error(`${table} is not proposed`)
  return found
}

describe("the config for a database of 40 tables with odd names", () => {
  it.each([
    ["PostgreSQL", () => postgres.url],
    ["MySQL", () => mysql.url],
  ])("of %s passes a check and a first run, with all rows", { timeout: 180_000 }, async (_name, url) => {
    await withFolder(async (folder) => {
      const made = await cli(["init", folder, "--secret", "SHOP_URL", "--source", "shop", "--yes"], {
        env: { SHOP_URL: url() },
      })
      expect(made).toMatchObject({ status: 0, stderr: "" })
      expect(made.stdout).not.toContain(url())
      expect(made.stdout).not.toContain("\u202e")
      expect(made.stdout).toContain("SHOP_URL=… npx starbase-replication start replication.json")
      const text = await readFile(join(folder, "replication.json"), "utf8")
      expect(text).not.toMatch(/[\p{Cf}]/u)
      expect(text).not.toContain(url())
      const config = JSON.parse(text)
      expect(config.tables.length).toBeGreaterThanOrEqual(40)
      await withInstance(config, { SHOP_URL: url() }, async (run, at) => {
        const checked = await run(["check"])
        expect(checked.stdout).toContain("of which 0 would fail")
        expect(checked).toMatchObject({ status: 0, stderr: "" })
        const first = await run(["run", "--complete", "--json"])
        expect(first.status).toBe(0)
        const { tables } = JSON.parse(first.stdout)
        expect(tables).toHaveLength(config.tables.length)
        expect(tables.filter(({ written }: { readonly written: number }) => written !== rowsEach)).toEqual([])
        const status = await run(["status", "--check"])
        expect(status.status).toBe(0)
        expect(status.stdout).toContain(`${config.tables.length} tables: ${config.tables.length} fresh.`)
        expect(await replica(at).rows('SELECT count(*) FROM "日本語"')).toEqual([[rowsEach]])
      })
    })
  })
})

describe("of each table it proposes", () => {
  it("what PostgreSQL tells: key, how changes are found, about how many rows", async () => {
    const proposal = await propose(postgres.url)
    const orders = entryOf(proposal, "public.orders")
    expect(orders).toMatchObject({ key: ["id"], changes: { by: "snapshot" }, rows: rowsEach, notes: [] })
    expect(entryOf(proposal, "public.pairs").key).toEqual(["a", "b"])
    const tables = proposal.tables.map(({ entry }) => entry.table)
    expect(tables).not.toContain("public.parted_1")
    expect(tables).toContain("public.parted")
    expect(new Set(proposal.tables.map(({ entry }) => entry.into ?? entry.table)).size).toBe(tables.length)
  })

  it("another name where SQLite cannot have it, or has it already", async () => {
    const proposal = await propose(postgres.url, "--schema", "public", "--schema", "other")
    for (const [table, into] of [
      ["public.tmp_jobs", "public_tmp_jobs"],
      ["public.sqlite_stuff", "public_sqlite_stuff"],
      ["public.excluded", "public_excluded"],
      ["public.json_each", "public_json_each"],
      ["other.orders", "other_orders"],
    ] as const) {
      expect(entryOf(proposal, table).entry.into).toBe(into)
      expect(entryOf(proposal, table).notes.join()).toContain(into)
    }
    expect(entryOf(proposal, "public.orders").entry.into).toBeUndefined()
    expect(entryOf(proposal, "public.Orders").entry.into).toBe("public_Orders")
  })

  it("the indexes that the source has, which come along where that is asked for", async () => {
    for (const url of [postgres.url, mysql.url]) {
      const without = await propose(url)
      const table = without.tables.find(({ entry }) => entry.table.endsWith(".pairs"))?.entry.table ?? ""
      expect(entryOf(without, table)).toMatchObject({ indexes: ["b, a"] })
      expect(entryOf(without, table).entry).not.toHaveProperty("indexes")
      const { entry, notes } = entryOf(await propose(url, "--indexes"), table)
      expect(entry).toMatchObject({ indexes: "copy" })
      expect(notes.join()).toContain("billed as 2 rows")
    }
  })

  it("which columns to take where a replica cannot hold all", async () => {
    const proposal = await propose(postgres.url)
    const wide = entryOf(proposal, "public.wide")
    if (wide.entry.columns !== undefined) {
      expect(wide.entry.columns[0]).toBe("id")
      expect(wide.notes.join()).toContain("of 121 columns")
    }
    const twins = entryOf(proposal, "public.twins")
    expect(twins.entry).toMatchObject({ rename: { a: "a_2" } })
    expect(twins.notes.join()).toContain('The column "a" is called "a_2"')
  })

  it("why some cannot be", async () => {
    const { leftOut } = await propose(postgres.url)
    const why = new Map(leftOut.map((one) => [one.table, one.why]))
    expect(why.get("public.no_columns")).toMatch(/\w{3}/)
    for (const [, words] of why) expect(words).not.toMatch(/^$|tables\[|\n/)
  })

  it("what a cursor would save at a source that has to be asked for everything", async () => {
    const { tables } = await propose(mysql.url)
    expect(tables.length).toBeGreaterThanOrEqual(40)
    for (const { changes, rows } of tables) {
      expect(["ranges", "scan", "whole"]).toContain(changes.by)
      expect(rows === undefined || rows >= 0).toBe(true)
    }
  })
})

it("covers the names that the shop has", async () => {
  const { leftOut, tables } = await propose(mysql.url)
  const known = [...tables.map(({ entry }) => entry.table), ...leftOut.map(({ table }) => table)]
  for (const name of replicable)
    expect(
      known.some((one) => one.replaceAll('""', '"').includes(name)),
      name,
    ).toBe(true)
})

describe("it writes", () => {
  let made = 0
  const empty = () => postgres.createDatabase(`small_${made++}`)
  const small = async () => {
    const database = await empty()
    await database.query("CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1)")
    return database.url
  }

  it("nothing where nobody could be asked, or in a dry run, after it has shown what", async () => {
    const url = await small()
    await withFolder(async (folder) => {
      const env = { DATABASE_URL: url }
      const asked = await cli(["init", folder], { env })
      expect(asked.status).toBe(64)
      expect(asked.stdout).toContain("new replication.json")
      const dry = await cli(["init", folder, "--dry-run"], { env })
      expect(dry.status).toBe(0)
      expect(dry.stdout).toContain('+     { "source": "main", "table": "public.orders" }')
      await expect(stat(join(folder, "replication.json"))).rejects.toThrow()
    })
  })

  it("a change of what is there as a difference, and leaves alone what is so already", async () => {
    const url = await small()
    await withFolder(async (folder) => {
      const env = { DATABASE_URL: url }
      expect((await cli(["init", folder, "--yes"], { env })).status).toBe(0)
      expect((await cli(["init", folder], { env })).stdout).toContain("stands in")
      const path = join(folder, "replication.json")
      const text = await readFile(path, "utf8")
      await writeFile(path, text.replace("public.orders", "public.mine"))
      const asked = await cli(["init", folder], { env })
      expect(asked.status).toBe(64)
      expect(asked.stdout).toContain('-     { "source": "main", "table": "public.mine" }')
      expect(await readFile(path, "utf8")).toContain("public.mine")
    })
  })

  it("the plugin's lines into a checkout of StarbaseDB, and its secret where git does not see it", async () => {
    const url = await small()
    await withFolder(async (folder) => {
      await cli(["init", folder, "--yes"], { env: { DATABASE_URL: url } })
      const index = `import { StarbaseDB } from './handler'
import type { DataSource } from './types'

export default {
    async fetch(request, env, ctx): Promise<Response> {
            const plugins = [
                webSocketPlugin,
                cronPlugin,
            ] satisfies StarbasePlugin[]
    },
}
`
      await writeFile(join(folder, ".gitignore"), "node_modules")
      await writeFile(join(folder, ".dev.vars"), "OTHER='x y'\nSHOP_URL=old\n")
      await mkdir(join(folder, "src"))
      await writeFile(join(folder, "src/index.ts"), index)
      const made = await cli(["init", folder, "--starbasedb", "--secret", "SHOP_URL", "--yes"], {
        env: { SHOP_URL: url },
      })
      expect(made).toMatchObject({ status: 0, stderr: "" })
      expect(made.stdout).not.toContain(url)
      expect(made.stdout).toContain("+ SHOP_URL=…")
      expect(await readFile(join(folder, ".dev.vars"), "utf8")).toBe(`OTHER='x y'\nSHOP_URL=${quotedUrl(url)}\n`)
      expect((await stat(join(folder, ".dev.vars"))).mode & 0o077).toBe(0)
      expect(await readFile(join(folder, ".gitignore"), "utf8")).toBe("node_modules\n.dev.vars*\n")
      const changed = await readFile(join(folder, "src/index.ts"), "utf8")
      expect(changed).toContain(`from './types'\nimport { makeReplicationPlugin } from "./replication"\n`)
      expect(changed).toContain("[\n                makeReplicationPlugin(env),\n                webSocketPlugin,")
      const again = await cli(["init", folder, "--starbasedb", "--secret", "SHOP_URL"], { env: { SHOP_URL: url } })
      expect(again.stdout).toContain("stands in")
      expect(made.stdout).toMatch(
        existsSync(firstRelease) ? /pnpm pack:all/ : /npm install @starbase-replication\/plugin/,
      )
      const module = await readFile(join(folder, "src/replication.ts"), "utf8")
      expect(module).toContain(`sources: {\n        main: { type: "postgres", url: { secret: "SHOP_URL" } },`)
    })
  })

  it("what is chosen on a terminal, where the secret is typed and never shown", async () => {
    const database = await empty()
    await database.query("CREATE TABLE first (id int PRIMARY KEY); CREATE TABLE second (id int PRIMARY KEY)")
    await withFolder(async (folder) => {
      const at = atTerminal(["init"], {}, { cwd: folder })
      await expect.poll(at.screen).toContain("which is not shown")
      at.type(`${database.url}\r`)
      await expect.poll(at.screen, { timeout: 20_000 }).toContain("Which tables?")
      // The choices begin after two that take or leave them all.
      at.type("\u001b[B\u001b[B \r")
      await expect.poll(at.screen).toContain("new file")
      at.type("y")
      expect(await at.ended).toBe(0)
      expect(at.screen()).not.toContain(database.url)
      const { tables } = JSON.parse(await readFile(join(folder, "replication.json"), "utf8"))
      expect(tables).toEqual([{ source: "main", table: "public.second" }])
    })
  })

  it("nothing where there is nothing", async () => {
    const { url } = await empty()
    const { status, stderr } = await cli(["init", "--dry-run"], { env: { DATABASE_URL: url } })
    expect(status).toBe(2)
    expect(stderr).toContain("no table")
  })
})

/** As dotenv wants a url that has a question mark. */
const quotedUrl = (url: string) => (/^[\w.:/@%+~-]*$/.test(url) ? url : `'${url}'`)

describe("it ends with", () => {
  it.each([
    [["init", "--secret", "postgres://user:pass@host/db"], {}, 1, /name of an environment variable/],
    [["init"], {}, 64, /DATABASE_URL is not set/],
    [["init"], { DATABASE_URL: "ftp://x" }, 1, /does not tell which database/],
    [["init", "--type", "supabase"], { DATABASE_URL: "key" }, 1, /needs --address/],
    [["init", "--worker", "--starbasedb"], { DATABASE_URL: "x" }, 1, /do not go together/],
    [["init"], { DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/x" }, 2, /unreachable/],
  ])("%j with %j: %i", async (args, env, status, words) => {
    const ended = await cli(args, { env })
    expect(ended).toMatchObject({ status, stdout: "" })
    expect(ended.stderr).toMatch(words)
    expect(ended.stderr).not.toMatch(/hunter2|user:pass/)
  })
})

import { once } from "node:events"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClient } from "../scripts/lib/client.ts"
import { runStart, type StartCommand } from "./support/start.ts"
import { until } from "./support/until.ts"

const source = { type: "postgres", url: { secret: "SHOP_URL" } }
const config = {
  sources: { shop: source },
  tables: [{ source: "shop", table: "public.orders", cursor: "id", every: "1 second" }],
}

let folder: string
let configPath: string
const started: Array<StartCommand> = []
const start = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => {
  const command = runStart(args, env)
  started.push(command)
  return command
}
const write = async (name: string, content: string) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-start-"))
  configPath = await write("replication.json", JSON.stringify(config))
})
afterAll(async () => {
  for (const { process, signalAll } of started) {
    if (process.exitCode === null && process.signalCode === null) signalAll("SIGKILL")
  }
  await Promise.all(started.map(({ ended }) => ended))
  await rm(folder, { recursive: true, force: true })
})

describe("a mistake ends it with status 1 and says", () => {
  const fails = async (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) => {
    const { output, status } = await start(args, env).ended
    expect(output).not.toMatch(/^\s+at /m)
    expect(status).toBe(1)
    return output
  }

  it("that there is no config", async () => {
    expect(await fails([])).toContain("--config is missing")
    expect(await fails(["--config", join(folder, "nowhere.json")])).toContain("nowhere.json: no such file")
  })

  it("where a config is not JSON", async () => {
    const path = await write("broken.json", '{\n  "sources": {},\n  "tables": [,]\n}')
    expect(await fails(["--config", path])).toContain("broken.json:3:14: not JSON")
  })

  it("every secret that is not set, by its name", async () => {
    const password = { secret: "OTHER_PASSWORD" }
    const other = { type: "postgres", host: "127.0.0.1", user: "u", password }
    const path = await write("two.json", JSON.stringify({ ...config, sources: { shop: source, other } }))
    expect(await fails(["--config", path])).toContain("Set in the environment: SHOP_URL, OTHER_PASSWORD")
  })

  it("what is wrong in a config, with its path", async () => {
    const path = await write("wrong.json", JSON.stringify({ ...config, tables: [{ source: "shop", tabel: "x" }] }))
    expect(await fails(["--config", path])).toContain('tables[0].tabel: is not known here; did you mean "table"?')
  })

  it("that a port is in use, or none", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const port = String((server.address() as AddressInfo).port)
    const env = { SHOP_URL: "postgres://u:secret@127.0.0.1:1/d" }
    const args = ["--config", configPath, "--data", join(folder, "unused"), "--port"]
    expect(await fails([...args, port], env)).toContain(`Port ${port} is in use`)
    expect(await fails([...args, "http"], env)).toContain('--port: "http" is no port')
    server.close()
  })

  it("that it does not know an option", async () => {
    expect(await fails(["--confg", configPath])).toContain("--config  the replication document")
  })
})

describe("with a PostgreSQL", () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres({
      settings: { logging_collector: "on", log_statement: "all", log_line_prefix: "%n|%a|%d|" },
    })
  })
  afterAll(() => postgres?.stop())

  /** A database with a table of three orders, and a config by which `start` replicates it. */
  const makeShop = async (name: string, tables: ReadonlyArray<object>, more: object = {}) => {
    const shop = await postgres.createDatabase(name)
    await shop.query("CREATE TABLE orders (id integer PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 3)")
    const document = { ...config, ...more, tables: tables.map((table) => ({ source: "shop", ...table })) }
    const path = await write(`${name}.json`, JSON.stringify(document))
    const tokens = { ADMIN_AUTHORIZATION_TOKEN: "admin", CLIENT_AUTHORIZATION_TOKEN: "client" }
    return {
      ...shop,
      start: (env: Readonly<Record<string, string>> = {}) =>
        start(["--config", path, "--port", "0", "--data", join(folder, name)], {
          ...tokens,
          SHOP_URL: shop.url,
          ...env,
        }),
    }
  }
  const printed = (command: StartCommand, text: string) =>
    until(() => (command.output().includes(text) ? true : undefined))
  const everySecond = { table: "public.orders", cursor: "id", every: "1 second" }

  it("replicates by itself, asked by nobody, ends at a signal, and goes on from its data when started again", async () => {
    const shop = await makeShop("alone", [everySecond])
    const first = shop.start()
    await printed(first, "orders: 3 read, 3 written")
    await shop.query("INSERT INTO orders VALUES (4)")
    await printed(first, "1 written")
    first.process.kill("SIGTERM")
    const { output, status } = await first.ended
    expect(status).toBe(0)
    expect(output).not.toContain(shop.url)
    expect(output).not.toContain('"logger"')

    await shop.query("INSERT INTO orders VALUES (5)")
    const second = shop.start()
    await printed(second, "1 written")
    second.process.kill("SIGINT")
    expect((await second.ended).status).toBe(0)

    const third = shop.start({ SHOP_URL: "postgres://u:p@127.0.0.1:1/d" })
    const rows = await makeClient(await third.url(), "client").rows("SELECT id FROM orders ORDER BY id")
    expect(rows.flat()).toEqual([1, 2, 3, 4, 5])
    await printed(third, "shop: unreachable:")
    third.process.kill("SIGTERM")
    expect((await third.ended).status).toBe(0)
  })

  it("has its data for itself, also against what is left of one that was killed", async () => {
    const shop = await makeShop("held", [everySecond])
    const first = shop.start()
    const url = await first.url()
    const refused = await shop.start().ended
    expect(refused.status).toBe(1)
    expect(refused.output).toContain(`is in use by another start, process ${first.process.pid}. Stop that one`)

    first.process.kill("SIGKILL")
    const second = shop.start()
    await second.url()
    await expect(fetch(url)).rejects.toThrow()
    await shop.query("INSERT INTO orders VALUES (4)")
    await printed(second, "1 written")
    expect(second.output()).not.toContain("BUSY")
    second.process.kill("SIGTERM")
    expect((await second.ended).status).toBe(0)
  })

  it("names the workerd that has its data still, where that does not end", async () => {
    const shop = await makeShop("orphan", [everySecond])
    const other = await makeShop("other", [everySecond])
    const running = other.start()
    await running.url()
    const id = (await readFile(join(folder, "other", "workerd.pid"), "utf8")).trim()
    await mkdir(join(folder, "orphan"))
    await writeFile(join(folder, "orphan", "workerd.pid"), id)
    const refused = await shop.start().ended
    expect(refused.status).toBe(1)
    expect(refused.output).toContain(`has left its workerd, process ${id}`)
    running.process.kill("SIGTERM")
    await running.ended
    // Of a process that is none, or another by now, nothing is said.
    const command = shop.start()
    await command.url()
    command.process.kill("SIGTERM")
    expect((await command.ended).status).toBe(0)
  })

  it("shows what would change the terminal in a table's name by its number", async () => {
    const name = "a\u202eb\u001b[2Jc"
    const shop = await makeShop("unseen", [{ table: `public."${name}"` }])
    await shop.query(`CREATE TABLE "${name}" (id int PRIMARY KEY); INSERT INTO "${name}" VALUES (1)`)
    const command = shop.start()
    await printed(command, "a⟨202E⟩b⟨001B⟩[2Jc: 1 read, 1 written")
    command.process.kill("SIGTERM")
    const { output } = await command.ended
    expect(["\u202e", "\u001b"].filter((one) => output.includes(one))).toEqual([])
  })

  it("runs the idle tables of a wildcard as often as their schedule says", async () => {
    const shop = await makeShop("idle", [{ table: "public.*", every: "3 seconds" }])
    await shop.query("CREATE TABLE notes (id integer PRIMARY KEY)")
    const command = shop.start()
    /** When each run of a table began. */
    const runs = async (table: string) => {
      const [[log] = []] = await postgres.query("SELECT pg_read_file(pg_current_logfile())")
      const reads = String(log)
        .split("\n")
        .flatMap((line) => {
          const [at, application, database, ...rest] = line.split("|")
          const isRead = application === "starbase-replication" && rest.join("|").includes(`FROM "public"."${table}"`)
          return isRead && database === "idle" ? [Number(at) * 1000] : []
        })
      return reads.filter((at, index) => index === 0 || at - (reads[index - 1] ?? 0) > 1000)
    }
    await until(async () => {
      // Where nothing was committed at all, no table would be read.
      await shop.query("SELECT pg_current_xact_id()")
      return (await runs("orders")).length >= 5 ? true : undefined
    })
    for (const table of ["orders", "notes"]) {
      const times = await runs(table)
      for (const [index, at] of times.slice(1).entries()) {
        expect(at - (times[index] ?? 0)).toBeGreaterThan(2600)
        expect(at - (times[index] ?? 0)).toBeLessThan(4500)
      }
    }
    command.process.kill("SIGTERM")
    await command.ended
  })

  it("ends a run at its next page at the Ctrl+C of a terminal, so that the next one need not wait for its lease", async () => {
    const slow = { limits: { shop: { queriesPerSecond: 20 } }, budget: { time: "1 minute" } }
    const shop = await makeShop("cut", [{ ...everySecond, batchSize: 500 }], slow)
    await shop.query("INSERT INTO orders SELECT generate_series(4, 100000)")
    const count = async (command: StartCommand) => {
      const client = makeClient(await command.url(), "client")
      const [[found] = []] = await client.rows("SELECT count(*) FROM orders").catch(() => [])
      return Number(found ?? 0)
    }
    const first = shop.start()
    await until(async () => ((await count(first)) >= 1000 ? true : undefined))
    const interruptedAt = Date.now()
    first.signalAll("SIGINT")
    const { output, status } = await first.ended
    expect(status).toBe(0)
    expect(Date.now() - interruptedAt).toBeLessThan(10_000)
    expect(output).toMatch(/orders: \d+ read, \d+ written in \d+ ms, more to come/)

    const second = shop.start()
    const before = await count(second)
    expect(before).toBeGreaterThanOrEqual(1000)
    expect(before).toBeLessThan(100_000)
    await until(async () => ((await count(second)) > before ? true : undefined))
    second.signalAll("SIGINT")
    await printed(second, "Ending after")
    second.signalAll("SIGINT")
    expect((await second.ended).status).toBe(130)
  })

  it("keeps replicas of a hub too, which follow by the queue, and are there when started again", async () => {
    const shop = await postgres.createDatabase("many")
    await shop.query("CREATE TABLE orders (id int PRIMARY KEY, name text)")
    await shop.query("INSERT INTO orders SELECT n, 'name ' || n % 3 FROM generate_series(1, 30) n")
    const path = await write("hub.json", JSON.stringify({ ...config, replicas: { by: { column: "name" } } }))
    const data = join(folder, "fleet")
    const env = {
      SHOP_URL: shop.url,
      ADMIN_AUTHORIZATION_TOKEN: "the admin's token",
      REPLICA_TOKEN_SECRET: "x".repeat(32),
    }
    const begin = async () => {
      const command = start(["--config", path, "--port", "0", "--data", data], env)
      return { command, url: await command.url() }
    }
    const first = await begin()
    expect(first.command.output()).toContain("replicate/replicas/token")
    const admin = makeClient(first.url, "the admin's token")
    await until(async () =>
      (await admin.rows("SELECT count(*) FROM orders").catch(() => [[0]]))[0]?.[0] ? true : undefined,
    )
    await admin.post("/replicate/replicas", { do: "make", replicas: "all" })
    type Fleet = { count: number; seeded: number; lagSeconds: { max: number | null }; sweep: { left: number } }
    const fleet = async () => (await admin.get<Fleet>("/replicate/replicas")).result
    const made = await until(async () => {
      const found = await fleet()
      return found?.sweep.left === 0 ? found : undefined
    })
    expect(made).toMatchObject({ count: 3, seeded: 3 })
    await shop.query("INSERT INTO orders (id, name) VALUES (900001, 'a tenant of its own')")
    const { result } = await admin.post<{ token: string }>("/replicate/replicas/token", {
      replica: "tenant:a tenant of its own",
    })
    first.command.process.kill("SIGTERM")
    await first.command.ended
    const second = await begin()
    const tenant = makeClient(second.url, result?.token ?? "")
    await until(async () => {
      const rows = await tenant.rows("SELECT id FROM orders").catch(() => [])
      return rows[0]?.[0] === 900001 ? true : undefined
    })
    second.command.process.kill("SIGTERM")
    await second.command.ended
  })

  it("makes tokens up and prints them where none are set", async () => {
    const command = start(["--config", configPath, "--port", "0", "--data", join(folder, "tokens")], {
      SHOP_URL: postgres.url,
    })
    const url = await command.url()
    const [, token = ""] = /admin token\s+(\S+) \(made up\)/.exec(command.output()) ?? []
    expect((await makeClient(url, token).get("/replicate/status")).status).toBe(200)
    command.process.kill("SIGTERM")
    await command.ended
  })
})

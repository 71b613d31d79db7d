import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
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
  for (const command of started) command.process.kill("SIGKILL")
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
    postgres = await startPostgres()
    await postgres.query("CREATE TABLE orders (id integer PRIMARY KEY)")
    await postgres.query("INSERT INTO orders SELECT generate_series(1, 3)")
  })
  afterAll(() => postgres?.stop())

  it("replicates by itself, ends at a signal, and goes on from its data when started again", async () => {
    const tokens = { ADMIN_AUTHORIZATION_TOKEN: "admin", CLIENT_AUTHORIZATION_TOKEN: "client" }
    const env = { ...tokens, SHOP_URL: postgres.url }
    const args = ["--config", configPath, "--port", "0", "--data", join(folder, "data")]
    const ids = async (url: URL) => {
      const { result } = await makeClient(url, "client").post<ReadonlyArray<{ id: number }>>("/query", {
        sql: "SELECT id FROM orders ORDER BY id",
      })
      return result?.map(({ id }) => id)
    }
    const arrive = (url: URL, expected: ReadonlyArray<number>) =>
      until(async () => ((await ids(url))?.join() === expected.join() ? true : undefined))

    const first = start(args, env)
    const url = await first.url()
    await arrive(url, [1, 2, 3])
    await postgres.query("INSERT INTO orders VALUES (4)")
    await arrive(url, [1, 2, 3, 4])
    first.process.kill("SIGTERM")
    expect((await first.ended).status).toBe(0)
    expect(first.output()).not.toContain(postgres.url)

    const second = start(args, { ...env, SHOP_URL: "postgres://u:p@127.0.0.1:1/d" })
    expect(await ids(await second.url())).toEqual([1, 2, 3, 4])
    await until(() => (second.output().includes("orders: unreachable") ? true : undefined))
    second.process.kill("SIGINT")
    expect((await second.ended).status).toBe(0)
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

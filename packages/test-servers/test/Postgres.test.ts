import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { connect } from "node:net"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { type Postgres, startPostgres } from "../src/index.ts"

const isListening = async (port: number): Promise<boolean> => {
  const socket = connect(port, "127.0.0.1")
  try {
    await once(socket, "connect")
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe("startPostgres", () => {
  let server: Postgres
  let directory: string
  beforeAll(async () => {
    server = await startPostgres({ tls: true, settings: { wal_level: "logical", max_connections: 17 } })
    directory = String((await server.query("SHOW data_directory"))[0]?.[0])
  }, 60_000)
  afterAll(() => server.stop())

  it("runs PostgreSQL 18 with the settings asked for", async () => {
    expect(await server.query("SELECT current_setting('server_version_num')::int / 10000")).toEqual([[18]])
    expect(await server.query("SELECT current_setting('wal_level'), current_setting('max_connections')")).toEqual([
      ["logical", "17"],
    ])
  })

  it("creates databases, whatever their names", async () => {
    const database = await server.createDatabase(`odd "name" ü`)
    expect(await database.query("SELECT current_database()")).toEqual([[`odd "name" ü`]])
    const client = new pg.Client(database.url)
    await client.connect()
    expect((await client.query("SELECT current_database()")).rows).toEqual([{ current_database: `odd "name" ü` }])
    await client.end()
  })

  it("refuses a wrong password", async () => {
    const client = new pg.Client({ host: server.host, port: server.port, user: server.user, password: "wrong" })
    await expect(client.connect()).rejects.toMatchObject({ code: "28P01" })
  })

  it("serves TLS with a certificate of its authority", async () => {
    const client = new pg.Client({
      host: "localhost",
      port: server.port,
      user: server.user,
      password: server.password,
      database: server.database,
      ssl: { ca: server.ca },
    })
    await client.connect()
    expect((await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows).toEqual([
      { ssl: true },
    ])
    await client.end()
  })

  it("leaves nothing behind", async () => {
    const other = await startPostgres()
    const data = String((await other.query("SHOW data_directory"))[0]?.[0])
    expect(existsSync(data)).toBe(true)
    await other.stop()
    expect(existsSync(data)).toBe(false)
    expect(await isListening(other.port)).toBe(false)
    expect(existsSync(directory)).toBe(true)
  }, 60_000)

  it("leaves nothing behind where its process is killed", async () => {
    const script = `
      import { startPostgres } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)}
      const server = await startPostgres()
      console.log(JSON.stringify([server.port, (await server.query("SHOW data_directory"))[0][0]]))
      setInterval(() => {}, 1000)
    `
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const [line] = await once(child.stdout, "data")
    const [port, data] = JSON.parse(String(line)) as [number, string]
    expect(await isListening(port)).toBe(true)
    child.kill("SIGKILL")
    await vi.waitUntil(async () => !(await isListening(port)) && !existsSync(data), { timeout: 20_000, interval: 50 })
  }, 60_000)
})

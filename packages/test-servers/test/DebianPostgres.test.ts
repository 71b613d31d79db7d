import { afterAll, beforeAll, expect, it } from "vitest"
import { startDebianPostgres } from "../src/DebianPostgres.ts"
import type { Postgres } from "../src/PostgresServer.ts"

let server: Postgres
beforeAll(async () => {
  server = await startDebianPostgres({ settings: { max_connections: 17 } })
}, 300_000)
afterAll(() => server?.stop())

it("runs another version than the registry's, with postgres_fdw between two databases", async () => {
  const [[version, connections] = []] = await server.query(
    "SELECT current_setting('server_version_num')::int / 10000, current_setting('max_connections')",
  )
  expect([Number(version) >= 15, connections]).toEqual([true, "17"])
  const far = await server.createDatabase("far")
  await far.query("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'far')")
  await server.query(`
    CREATE EXTENSION postgres_fdw;
    CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw
      OPTIONS (host '${server.host}', port '${server.port}', dbname 'far');
    CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '${server.user}', password '${server.password}');
    IMPORT FOREIGN SCHEMA public FROM SERVER far INTO public`)
  expect(await server.query("SELECT * FROM t")).toEqual([[1, "far"]])
})

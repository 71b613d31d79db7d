/**
 * Runs this package's tests against a MySQL where they would else run against a MariaDB: the one that MYSQL_URL names, or
 * one that Maven brings. Arguments are names of test files.
 */
import { type Mysql, startMysql } from "@starbase-replication/test-servers"
import { join } from "node:path"
import { startVitest } from "vitest/node"

const start = (): Promise<Mysql> =>
  startMysql().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })

const given = process.env["MYSQL_URL"] ?? ""
const server = given === "" ? await start() : undefined
process.env["MYSQL_URL"] = server?.url ?? given
try {
  const vitest = await startVitest("test", process.argv.slice(2), {
    root: join(import.meta.dirname, ".."),
    run: true,
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 300_000,
  })
  await vitest.close()
} finally {
  await server?.stop()
}

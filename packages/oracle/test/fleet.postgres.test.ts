import { connector } from "@starbase-replication/source-postgres"
import { startPostgres } from "@starbase-replication/test-servers"
import { settings } from "../src/postgres/subject.ts"
import { fleets } from "./support/fleet.ts"

fleets(
  "fleet.postgres.test.ts",
  async () => {
    const server = await startPostgres({ settings })
    const made = new Set<string>()
    return {
      connector,
      urlOf: () => server.url,
      entry: (schema) => ({ type: "postgres", url: { secret: "URL" }, schema }),
      write: async (sql) => {
        const schema = /^CREATE TABLE (\w+)\./.exec(sql)?.[1]
        if (schema !== undefined && !made.has(schema)) await server.query(`CREATE SCHEMA ${schema}`)
        if (schema !== undefined) made.add(schema)
        return server.query(sql)
      },
      rows: async (sql) =>
        (await server.query(sql)).map((row) => row.map((value) => (value === null ? null : String(value)))),
      drop: (schema) => `DROP SCHEMA ${schema} CASCADE`,
      stop: server.stop,
    }
  },
  2,
  20,
)

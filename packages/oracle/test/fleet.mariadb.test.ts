import { connector } from "@starbase-replication/source-mysql"
import { startMariadb } from "@starbase-replication/test-servers"
import { fleets } from "./support/fleet.ts"

fleets(
  "fleet.mariadb.test.ts",
  async () => {
    const server = await startMariadb({ settings: { "collation-server": "utf8mb4_nopad_bin" } })
    const made = new Set<string>()
    return {
      connector,
      urlOf: (schema) => new URL(`/${schema}`, server.url).href,
      entry: () => ({ type: "mysql", url: { secret: "URL" } }),
      write: async (sql) => {
        const schema = /^CREATE TABLE (\w+)\./.exec(sql)?.[1]
        if (schema !== undefined && !made.has(schema)) await server.createDatabase(schema)
        if (schema !== undefined) made.add(schema)
        return server.query(sql.replaceAll("\\", "\\\\"))
      },
      rows: async (sql) =>
        (await server.query(sql)).map((row) => row.map((value) => (value === null ? null : String(value)))),
      drop: (schema) => `DROP DATABASE ${schema}`,
      stop: server.stop,
    }
  },
  1,
  8,
)

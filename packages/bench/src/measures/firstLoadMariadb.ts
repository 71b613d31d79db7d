import { startMariadb } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import { mariadbFloor } from "../lib/floors.ts"
import { loadSeconds } from "../lib/load.ts"
import { serverVersion } from "../lib/machine.ts"
import type { Options } from "../lib/options.ts"
import { needPrograms } from "../lib/programs.ts"
import { addRates, throughPlugin } from "../lib/rates.ts"
import { mariadbMixed, mixed } from "../lib/tables.ts"
import { paired } from "../lib/timing.ts"

/** A first load from MariaDB beside its floor. */
export const firstLoadMariadb = async (options: Options, report: Report): Promise<void> => {
  await needPrograms("bash", "mariadb", "sqlite3")
  const table = mixed(options.rows)
  report.note(`first load: MariaDB, ${table.rows} rows, ${table.label}`)
  const server = await startMariadb({ settings: { "innodb-buffer-pool-size": "512M" } })
  try {
    report.version("MariaDB", await serverVersion(server, "SELECT version()"))
    const database = await server.createDatabase("bench")
    await database.query(mariadbMixed(table.rows))
    const source = { type: "mysql", url: { secret: "SOURCE" } }
    const { floor, plugin } = await paired(options.runs, {
      floor: async () => (await mariadbFloor(server, database.name, table)).seconds,
      plugin: () => loadSeconds(table, "plugin", { bundle: "mysql", secret: database.url, source }),
    })
    addRates(report, {
      id: "first-load/mariadb/mixed",
      label: `first load, MariaDB, ${table.label}`,
      rows: table.rows,
      floor: { label: "mariadb --batch | sqlite3 .import", seconds: floor },
      ways: [{ id: "plugin", label: throughPlugin, seconds: plugin }],
    })
  } finally {
    await server.stop()
  }
}

import { startMariadb } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import { mariadbFloor } from "../lib/floors.ts"
import { loadSeconds } from "../lib/load.ts"
import { serverVersion } from "../lib/machine.ts"
import type { Options } from "../lib/options.ts"
import { needPrograms } from "../lib/programs.ts"
import { mariadbMixed, mixed } from "../lib/tables.ts"
import { median, medianRatio, paired } from "../lib/timing.ts"

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
    const rates = (seconds: ReadonlyArray<number>) => seconds.map((second) => table.rows / second)
    const label = `first load, MariaDB, ${table.label}`
    const floorLabel = "mariadb --batch | sqlite3 .import"
    const runs = { floor: rates(floor), plugin: rates(plugin) }
    const id = "first-load/mariadb/mixed"
    report.add({
      id: `${id}/floor`,
      label: `${label}: ${floorLabel}`,
      value: median(runs.floor),
      unit: "rows/s",
      runs: runs.floor,
    })
    report.add({
      id: `${id}/plugin`,
      label: `${label}: plugin (Worker, RPC)`,
      value: median(runs.plugin),
      unit: "rows/s",
      runs: runs.plugin,
      against: { label: floorLabel, ratio: medianRatio(runs.plugin, runs.floor) },
    })
  } finally {
    await server.stop()
  }
}

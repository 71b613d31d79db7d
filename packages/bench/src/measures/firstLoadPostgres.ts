import type { Postgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import { postgresFloor } from "../lib/floors.ts"
import { loadSeconds } from "../lib/load.ts"
import { serverVersion } from "../lib/machine.ts"
import type { Options } from "../lib/options.ts"
import { needPrograms } from "../lib/programs.ts"
import { addRates, throughPlugin } from "../lib/rates.ts"
import { startSource } from "../lib/source.ts"
import { postgresSource, startReplica } from "../lib/replica.ts"
import { type BenchTable, kinds, tablesOf } from "../lib/tables.ts"
import { paired } from "../lib/timing.ts"

/** The seed's rate hardly depends on how many rows it loads; this many show it. */
const seedRows = 10_000

/** First loads from PostgreSQL, each kind of table beside the floor. */
export const firstLoadPostgres = async (options: Options, report: Report): Promise<void> => {
  await needPrograms("bash", "psql", "sqlite3")
  const server = await startSource()
  report.version("PostgreSQL", await serverVersion(server, "SHOW server_version"))
  const tables = tablesOf(options.rows)
  const from = { secret: server.url, source: postgresSource }
  try {
    for (const kind of kinds) {
      const table = tables[kind]
      await server.query(table.postgres)
      await server.query(`VACUUM ANALYZE ${kind}`)
      report.note(`first load: PostgreSQL, ${table.rows} rows, ${table.label}`)
      const work = {
        floor: async () => (await postgresFloor(server, table)).seconds,
        plugin: () => loadSeconds(table, "plugin", { bundle: "postgres", ...from }),
        inside: () => loadSeconds(table, "inside", { bundle: "bench", ...from }),
      }
      const seconds =
        kind === "mixed"
          ? await paired(options.runs, { ...work, seed: () => seedSeconds(server, table) })
          : await paired(options.runs, work)
      addLoads(report, table, seconds)
      await server.query(`DROP TABLE ${kind}`)
    }
  } finally {
    await server.stop()
  }
}

const ways = {
  plugin: throughPlugin,
  inside: "inside the Durable Object",
  seed: "the seed's way",
} as const

type Seconds = { readonly floor: ReadonlyArray<number> } & {
  readonly [Way in keyof typeof ways]?: ReadonlyArray<number>
}

const addLoads = (report: Report, table: BenchTable, seconds: Seconds): void => {
  addRates(report, {
    id: `first-load/postgres/${table.kind}`,
    label: `first load, PostgreSQL, ${table.label}`,
    rows: table.rows,
    floor: { label: "COPY | sqlite3 .import", seconds: seconds.floor },
    ways: (["plugin", "inside", "seed"] as const).flatMap((way) => {
      const taken = seconds[way]
      return taken === undefined ? [] : [{ id: way, label: ways[way], seconds: taken }]
    }),
  })
}

/** What the seed would take for the whole table at the rate of its first rows. */
const seedSeconds = async (server: Postgres, table: BenchTable): Promise<number> => {
  const replica = await startReplica({
    bundle: "bench",
    secret: server.url,
    source: postgresSource,
    tables: [{ table: "mixed" }],
  })
  try {
    const rows = Math.min(seedRows, table.rows)
    const startedAt = performance.now()
    const response = await fetch(new URL(`/bench/seed?rows=${rows}`, replica.url))
    const { read } = (await response.json()) as { readonly read: number }
    return ((performance.now() - startedAt) / 1000 / read) * table.rows
  } finally {
    await replica.stop()
  }
}

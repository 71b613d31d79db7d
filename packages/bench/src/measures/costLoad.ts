import type { Postgres } from "@starbase-replication/test-servers"
import type { Figure, Report } from "../lib/figures.ts"
import { postgresFloor } from "../lib/floors.ts"
import type { Options } from "../lib/options.ts"
import { needPrograms } from "../lib/programs.ts"
import { postgresSource, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { type BenchTable, mixed, tablesOf } from "../lib/tables.ts"
import { median, medianRatio, paired } from "../lib/timing.ts"
import { formatNumber } from "../report/format.ts"

/** V8 takes more memory than it needs where nothing holds it; so much is enough for every load. */
export const heapMegabytes = 40

/** Neither processor time nor memory varies much from run to run. */
const steadyRounds = 3

/** What loading one table took. */
interface Load {
  readonly cpuSeconds: number
  readonly idleBytes: number
  readonly overIdleBytes: number
}

/** Processor time and memory of workerd in first loads of tables of several sizes. */
export const costLoad = async (options: Options, report: Report): Promise<void> => {
  await needPrograms("bash", "psql", "sqlite3")
  const server = await startSource()
  try {
    const small = Math.min(10_000, options.rows)
    const sizes = [small, options.rows, ...(options.large ? [10 * options.rows] : [])]
    for (const table of [...[...new Set(sizes)].map((rows) => mixed(rows)), tablesOf(options.rows).fat]) {
      report.note(`cost: ${table.rows} rows, ${table.label}`)
      await server.query(table.postgres)
      await server.query(`VACUUM ANALYZE ${table.kind}`)
      const rounds = table.rows > options.rows ? 1 : Math.min(options.runs, steadyRounds)
      addLoad(
        report,
        table,
        await paired(rounds, {
          floor: async () => {
            const { cpuSeconds } = await postgresFloor(server, table)
            return { cpuSeconds, idleBytes: 0, overIdleBytes: 0 }
          },
          free: () => load(server, table, undefined),
          held: () => load(server, table, heapMegabytes),
        }),
      )
      await server.query(`DROP TABLE ${table.kind}`)
    }
  } finally {
    await server.stop()
  }
}

const load = async (server: Postgres, table: BenchTable, heap: number | undefined): Promise<Load> => {
  const replica = await startReplica({
    ...(heap === undefined ? {} : { heapMegabytes: heap }),
    bundle: "postgres",
    secret: server.url,
    source: postgresSource,
    tables: [{ table: table.kind, deletes: "ignore" }],
  })
  try {
    await replica.admin.get("/replicate/status")
    await replica.resetPeak()
    const before = await replica.usage()
    const { read } = await replica.pull()
    if (read !== table.rows) throw new Error(`${read} of ${table.rows} rows arrived.`)
    const after = await replica.usage()
    return {
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      idleBytes: before.residentBytes,
      overIdleBytes: after.peakBytes - before.residentBytes,
    }
  } finally {
    await replica.stop()
  }
}

type Loads = Readonly<Record<"floor" | "free" | "held", ReadonlyArray<Load>>>

const addLoad = (report: Report, table: BenchTable, { floor, free, held }: Loads): void => {
  const id = `cost/${table.kind}/${table.rows}`
  const label = `first load, ${formatNumber(table.rows)} rows, ${table.kind}`
  if (table.rows >= 100_000) {
    const perMillion = (loads: ReadonlyArray<Load>) =>
      loads.map(({ cpuSeconds }) => (cpuSeconds * 1_000_000) / table.rows)
    const runs = perMillion(free)
    report.add({
      id: `${id}/cpu`,
      label: `${label}: CPU of workerd`,
      value: median(runs),
      unit: "s/M rows",
      runs,
      against: { label: "CPU of psql and sqlite3", ratio: medianRatio(runs, perMillion(floor)) },
    })
  }
  report.add(memory(`${id}/memory`, `${label}: memory over idle, V8 held to ${heapMegabytes} MB`, held))
  report.add(memory(`${id}/memory-free`, `${label}: memory over idle, V8 as it likes`, free))
}

const memory = (id: string, label: string, loads: ReadonlyArray<Load>): Figure => {
  const runs = loads.map(({ overIdleBytes }) => overIdleBytes / 1e6)
  const idle = loads.map(({ idleBytes }) => idleBytes / 1e6)
  return {
    id,
    label,
    value: median(runs),
    unit: "MB",
    runs,
    against: { label: "workerd at idle", ratio: medianRatio(runs, idle) },
  }
}

import type { Postgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica } from "../lib/replica.ts"
import { cpuOfPostgres } from "../lib/serverUsage.ts"
import { startSource } from "../lib/source.ts"
import { mixed } from "../lib/tables.ts"
import { median, medianRatio, timed } from "../lib/timing.ts"
import { startWire, type Wire } from "../lib/wire.ts"
import { startWriters } from "../lib/writers.ts"
import { formatNumber } from "../report/format.ts"

/** How a table is replicated: without a cursor, or with one that all rows share. */
type Way = "cursorless" | "tied"

/** A table with a replica that is timed, and one that is counted. */
interface Subject {
  readonly rows: number
  readonly table: string
  readonly way: Way
  readonly timed: Replica
  readonly counted: Replica
  readonly wire: Wire
}

/** What one pull took and did. */
interface Pull {
  readonly seconds: number
  /** The source alone looks through the table once. */
  readonly scanSeconds: number
  /** The processor time that the pull takes the source. */
  readonly sourceSeconds: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

/** `quiet` where nothing was committed at the whole source since the last pull; else another table was written at least. */
const situations = [
  { id: "quiet", changes: 0, isQuiet: true, label: "a quiet source" },
  { id: "0", changes: 0, isQuiet: false, label: "0 changes, and others elsewhere" },
  { id: "busy", changes: 0, isQuiet: false, label: "0 changes, while 2 connections write elsewhere" },
  { id: "1", changes: 1, isQuiet: false, label: "1 change" },
  { id: "1000", changes: 1000, isQuiet: false, label: "1,000 changes, spread" },
] as const
type Situation = (typeof situations)[number]

/** Pulls from PostgreSQL's tables whose rows tell which transaction wrote them. */
export const cursorless = async (options: Options, report: Report): Promise<void> => {
  const server = await startSource()
  const subjects: Array<Subject> = []
  try {
    await server.query("CREATE TABLE elsewhere (id int)")
    const small = Math.min(10_000, Math.ceil(options.rows / 5))
    for (const rows of [small, options.rows, ...(options.large ? [10 * options.rows] : [])]) {
      report.note(`without a cursor: loading ${rows} rows`)
      subjects.push(await prepare(server, rows, "cursorless"))
    }
    subjects.push(await prepare(server, options.rows, "tied"))
    for (const subject of subjects) {
      for (const situation of situations) {
        if (situation.changes > subject.rows / 10) continue
        const pulls: Array<Pull> = []
        for (let run = 0; run < options.runs; run++) pulls.push(await measure(server, subject, situation, run))
        add(report, subject, situation, pulls)
      }
    }
  } finally {
    for (const { counted, timed, wire } of subjects) {
      await Promise.all([counted.stop(), timed.stop()])
      await wire.stop()
    }
    await server.stop()
  }
}

const prepare = async (server: Postgres, rows: number, way: Way): Promise<Subject> => {
  const table = `${way}_${rows}`
  await server.query(mixed(rows, table).postgres)
  if (way === "tied") {
    await server.query(`UPDATE ${table} SET updated_at = '2024-01-01Z'; CREATE INDEX ON ${table} (updated_at, id)`)
  }
  await server.query(`VACUUM ANALYZE ${table}`)
  const wire = await startWire(server)
  const tables = [{ table, ...(way === "tied" ? { cursor: "updated_at" } : {}) }]
  const open = (bundle: "postgres" | "bench", secret: string) =>
    startReplica({ bundle, secret, source: postgresSource, tables })
  const subject = {
    rows,
    table,
    way,
    wire,
    timed: await open("postgres", server.url),
    counted: await open("bench", wire.url),
  }
  // The first run after the load compares all keys.
  for (let run = 0; run < 2; run++) for (const replica of [subject.timed, subject.counted]) await replica.pull()
  return subject
}

const measure = async (server: Postgres, subject: Subject, situation: Situation, run: number): Promise<Pull> => {
  const { counted, rows, table, wire } = subject
  const { changes, id, isQuiet } = situation
  if (!isQuiet) await server.query("INSERT INTO elsewhere VALUES (1)")
  else for (const replica of [subject.timed, counted]) await replica.pull()
  if (changes > 0) {
    const step = Math.floor(rows / changes)
    await server.query(
      `UPDATE ${table} SET amount = amount + 1 WHERE id % ${step} = ${run % step} AND id <= ${step * changes}`,
    )
    await server.query(`VACUUM ANALYZE ${table}`)
  }
  const stopWriters = id === "busy" ? await startWriters(server, 2) : () => Promise.resolve()
  const scanSeconds = await timed(() => server.query(`SELECT count(*) FROM ${table} WHERE pg_catalog.age(xmin) <= 0`))
  const usedBefore = await cpuOfPostgres(server)
  const { seconds, written } = await subject.timed.pull()
  const sourceSeconds = (await cpuOfPostgres(server)) - usedBefore
  await stopWriters()
  if (written !== changes) throw new Error(`${written} of ${changes} changes arrived.`)
  wire.take()
  await counted.takeBilled()
  await counted.pull()
  const { rows: rowsRead } = wire.take()
  const { rowsWritten } = await counted.takeBilled()
  return { seconds, scanSeconds, sourceSeconds, rowsRead, rowsWritten }
}

const add = (report: Report, { rows, way }: Subject, { id, label }: Situation, pulls: ReadonlyArray<Pull>): void => {
  const path = `incremental/${way}/${rows}/${id}`
  const how = way === "tied" ? "with a cursor that all share" : "without a cursor"
  const text = `pull ${how}, ${formatNumber(rows)} rows, ${label}`
  const of = (name: keyof Pull) => pulls.map((pull) => pull[name])
  const millis = of("seconds").map((seconds) => seconds * 1000)
  report.add({
    id: `${path}/time`,
    label: `${text}: time`,
    value: median(millis),
    unit: "ms",
    runs: millis,
    against: { label: "the source's own scan", ratio: medianRatio(of("seconds"), of("scanSeconds")) },
  })
  // It is counted in hundredths of a second, and the writers' is beside it.
  if (rows >= 1_000_000 && id !== "busy") {
    const used = of("sourceSeconds").map((seconds) => seconds * 1000)
    const words = `${text}: processor time of the source`
    report.add({ id: `${path}/source`, label: words, value: median(used), unit: "ms", runs: used })
  }
  const counts = [
    ["rowsRead", "rows sent by the source", "rows"],
    ["rowsWritten", "billed rows written", "rows"],
  ] as const
  for (const [name, words, unit] of counts) {
    report.add({ id: `${path}/${name}`, label: `${text}: ${words}`, value: median(of(name)), unit, runs: of(name) })
  }
}

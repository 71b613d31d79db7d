import { setTimeout as sleep } from "node:timers/promises"
import type { Postgres } from "@starbase-replication/test-servers"
import pg from "pg"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { mixed } from "../lib/tables.ts"
import { median, medianRatio, timed } from "../lib/timing.ts"
import { formatNumber } from "../report/format.ts"
import { startWire, type Wire } from "../lib/wire.ts"

/** How many rows change, and where: all over the table, or the newest ones, which lie side by side. */
interface Change {
  readonly count: number
  readonly isSpread: boolean
}

const allChanges: ReadonlyArray<Change> = [
  { count: 0, isSpread: true },
  { count: 1, isSpread: true },
  { count: 1000, isSpread: true },
  { count: 1000, isSpread: false },
  { count: 100_000, isSpread: true },
]
const quickChanges: ReadonlyArray<Change> = [{ count: 1, isSpread: true }]

/** A table of one size with a replica that is timed, and one that is counted. */
interface Subject {
  readonly rows: number
  readonly table: string
  readonly timed: Replica
  readonly counted: Replica
  readonly wire: Wire
}

/** What one pull took and did. */
interface Pull {
  readonly seconds: number
  /** A plain client that reads the same rows. */
  readonly plainSeconds: number
  readonly queries: number
  readonly roundTrips: number
  readonly rowsRead: number
  readonly rowsWritten: number
}

/** Pulls of few and many changes from small and large tables with a cursor. */
export const incremental = async (options: Options, report: Report): Promise<void> => {
  const server = await startSource()
  const subjects: Array<Subject> = []
  try {
    const small = Math.min(10_000, Math.ceil(options.rows / 5))
    for (const rows of [small, options.rows, ...(options.large ? [10 * options.rows] : [])]) {
      report.note(`incremental: loading ${rows} rows`)
      subjects.push(await prepare(server, rows))
    }
    let batch = 0
    for (const change of options.quick ? quickChanges : allChanges) {
      const able = subjects.filter(({ rows }) => change.count <= rows / 10)
      report.note(`incremental: ${describe(change)}`)
      const pulls = able.map((): Array<Pull> => [])
      for (let run = 0; run < options.runs; run++) {
        await Promise.all(able.map(settle))
        for (const [index, subject] of able.entries()) {
          pulls[index]?.push(await measure(server, subject, change, ++batch))
        }
      }
      const ofSmall = able[0]?.rows === small ? (pulls[0] ?? []) : []
      for (const [index, { rows }] of able.entries()) add(report, rows, change, pulls[index] ?? [], small, ofSmall)
    }
  } finally {
    for (const { counted, timed, wire } of subjects) {
      await Promise.all([counted.stop(), timed.stop()])
      await wire.stop()
    }
    await server.stop()
  }
}

const prepare = async (server: Postgres, rows: number): Promise<Subject> => {
  const table = `mixed_${rows}`
  await server.query(mixed(rows, table).postgres)
  await server.query(`CREATE INDEX ON ${table} (updated_at, id)`)
  await server.query(`VACUUM ANALYZE ${table}`)
  const wire = await startWire(server)
  const tables = [{ table, cursor: "updated_at", every: "1 second" }]
  const open = (bundle: "postgres" | "bench", secret: string) =>
    startReplica({ bundle, secret, source: postgresSource, tables })
  const subject = {
    rows,
    table,
    wire,
    timed: await open("postgres", server.url),
    counted: await open("bench", wire.url),
  }
  for (const replica of [subject.timed, subject.counted]) await replica.pull()
  // The first run after the load compares all keys.
  for (const replica of [subject.timed, subject.counted]) await replica.pull()
  return subject
}

/** A sweep reads once more what the one before it has brought; then nothing is left to find. */
const settle = async ({ counted, timed }: Subject): Promise<void> => {
  for (let sweep = 0; sweep < 2; sweep++) {
    await sleep(1100)
    await Promise.all([counted.pullDue(), timed.pullDue()])
  }
  await sleep(1100)
}

const describe = ({ count, isSpread }: Change): string =>
  `${formatNumber(count)} ${count === 1 ? "change" : "changes"}${count < 1000 ? "" : isSpread ? ", spread" : ", the newest rows"}`

const measure = async (server: Postgres, subject: Subject, change: Change, batch: number): Promise<Pull> => {
  const { counted, rows, table, wire } = subject
  const { count, isSpread } = change
  const base = `timestamptz '2025-01-01 00:00:00+00' + ${batch} * interval '1 hour'`
  if (count > 0) {
    const step = Math.floor(rows / count)
    const where = isSpread ? `id % ${step} = ${batch % step} AND id <= ${step * count}` : `id > ${rows - count}`
    // The last row alone lies within the overlap that the next pull reads again.
    const last = isSpread ? step * (count - 1) : rows - 1
    await server.query(
      `UPDATE ${table} SET amount = amount + 1, updated_at = ${base} + id * interval '1 microsecond'
         + CASE WHEN id > ${last} THEN interval '30 minutes' ELSE interval '0' END
       WHERE ${where}`,
    )
    await server.query(`VACUUM ANALYZE ${table}`)
  }
  const plainSeconds = await timed(() =>
    readPlainly(server, `SELECT * FROM ${table} WHERE updated_at >= ${base} ORDER BY updated_at, id`),
  )
  const { seconds, written } = await subject.timed.pullDue()
  if (written !== count) throw new Error(`${written} of ${count} changes arrived.`)
  wire.take()
  await counted.takeBilled()
  await counted.pullDue()
  const { queries, roundTrips, rows: rowsRead } = wire.take()
  const { rowsWritten } = await counted.takeBilled()
  return { seconds, plainSeconds, queries, roundTrips, rowsRead, rowsWritten }
}

const readPlainly = async (server: Postgres, sql: string): Promise<void> => {
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query({ text: sql, rowMode: "array" })
  await client.end()
}

const add = (
  report: Report,
  rows: number,
  change: Change,
  pulls: ReadonlyArray<Pull>,
  smallRows: number,
  ofSmall: ReadonlyArray<Pull>,
): void => {
  const id = `incremental/${rows}/${change.count}${change.isSpread ? "" : "-newest"}`
  const label = `pull from ${formatNumber(rows)} rows, ${describe(change)}`
  const of = (list: ReadonlyArray<Pull>, name: keyof Pull) => list.map((pull) => pull[name])
  const millis = of(pulls, "seconds").map((seconds) => seconds * 1000)
  const time = { label: `${label}: time`, value: median(millis), unit: "ms", runs: millis } as const
  report.add({
    ...time,
    id: `${id}/time`,
    against: {
      label: "a plain client reads these rows",
      ratio: medianRatio(of(pulls, "seconds"), of(pulls, "plainSeconds")),
    },
  })
  if (rows !== smallRows && ofSmall.length > 0) {
    report.add({
      ...time,
      id: `${id}/size`,
      label: `${label}: time beside a small table's`,
      against: {
        label: `${formatNumber(smallRows)} rows`,
        ratio: medianRatio(of(pulls, "seconds"), of(ofSmall, "seconds")),
      },
    })
  }
  const counts = [
    ["queries", "source queries", "queries"],
    ["roundTrips", "round trips to the source", "queries"],
    ["rowsRead", "rows sent by the source", "rows"],
    ["rowsWritten", "billed rows written", "rows"],
  ] as const
  for (const [name, text, unit] of counts) {
    const runs = of(pulls, name)
    report.add({ id: `${id}/${name}`, label: `${label}: ${text}`, value: median(runs), unit, runs })
  }
}

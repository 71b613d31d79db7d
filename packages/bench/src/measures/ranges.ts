import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import { startCounted } from "../lib/bytes.ts"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { startReplica } from "../lib/replica.ts"
import { mariadbMixed } from "../lib/tables.ts"
import { median, medianRatio, timed } from "../lib/timing.ts"
import { formatNumber } from "../report/format.ts"

/** A digest of the whole table by ranges of 1000 keys, as plainly as it can be asked for. */
const plainDigest = `SELECT id DIV 1000, count(*), BIT_XOR(CAST(CONV(LEFT(MD5(CONCAT_WS('|', id, name, amount, ratio, active,
  updated_at, ref, note)), 16), 16, 10) AS UNSIGNED)) FROM mixed GROUP BY 1`

interface Pull {
  readonly seconds: number
  readonly digestSeconds: number
  readonly bytes: number
}

/** Pulls without a cursor from MariaDB, range by range. */
export const ranges = async (options: Options, report: Report): Promise<void> => {
  const server = await startMariadb({ settings: { "innodb-buffer-pool-size": options.large ? "4G" : "512M" } })
  const wire = await startCounted(server)
  try {
    for (const rows of [options.rows, ...(options.large ? [10 * options.rows] : [])]) {
      await measureTable(options, report, server, wire, rows)
    }
  } finally {
    await wire.stop()
    await server.stop()
  }
}

const measureTable = async (
  { runs }: Options,
  report: Report,
  server: Mariadb,
  wire: Awaited<ReturnType<typeof startCounted>>,
  rows: number,
): Promise<void> => {
  report.note(`without a cursor: MariaDB, ${rows} rows`)
  const database = await server.createDatabase(`bench_${rows}`)
  await database.query(mariadbMixed(rows))
  const secret = new URL(database.url)
  secret.host = `${wire.host}:${wire.port}`
  const source = { type: "mysql", url: { secret: "SOURCE" } }
  const tables = [{ table: "mixed" }]
  const replica = await startReplica({ bundle: "mysql", secret: secret.href, source, tables })
  try {
    // The first pull after the load reads all rows once more, to know what the ranges hold.
    for (let run = 0; run < 2; run++) await replica.pull()
    for (const changes of [0, 1, 1000]) {
      if (changes > rows / 10) continue
      const pulls: Array<Pull> = []
      for (let run = 0; run < runs; run++) {
        const step = Math.floor(rows / Math.max(1, changes))
        const where = `id % ${step} = ${run % step} AND id <= ${step * changes}`
        if (changes > 0) await database.query(`UPDATE mixed SET amount = amount + 1 WHERE ${where}`)
        const digestSeconds = await timed(() => database.query(plainDigest))
        wire.take()
        const { seconds, written } = await replica.pull()
        const bytes = wire.take()
        if (written !== changes) throw new Error(`${written} of ${changes} changes arrived.`)
        pulls.push({ seconds, digestSeconds, bytes })
      }
      add(report, rows, changes, pulls)
    }
  } finally {
    await replica.stop()
  }
}

const add = (report: Report, rows: number, changes: number, pulls: ReadonlyArray<Pull>): void => {
  const id = `incremental/mariadb/${rows}/${changes}`
  const what = `${formatNumber(changes)} ${changes === 1 ? "change" : changes < 1000 ? "changes" : "changes, spread"}`
  const text = `pull without a cursor, MariaDB, ${formatNumber(rows)} rows, ${what}`
  const of = (name: keyof Pull) => pulls.map((pull) => pull[name])
  const millis = of("seconds").map((seconds) => seconds * 1000)
  report.add({
    id: `${id}/time`,
    label: `${text}: time`,
    value: median(millis),
    unit: "ms",
    runs: millis,
    against: { label: "a plain digest of the table", ratio: medianRatio(of("seconds"), of("digestSeconds")) },
  })
  const kibibytes = of("bytes").map((bytes) => bytes / 1024)
  report.add({
    id: `${id}/bytes`,
    label: `${text}: on the wire`,
    value: median(kibibytes),
    unit: "KiB",
    runs: kibibytes,
  })
}

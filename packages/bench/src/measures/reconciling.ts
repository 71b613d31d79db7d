import { startCounted } from "../lib/bytes.ts"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { median, medianRatio, timed } from "../lib/timing.ts"
import { formatNumber } from "../report/format.ts"

/** Reconciliations of a table with text keys in which nothing is gone. */
export const reconciling = async (options: Options, report: Report): Promise<void> => {
  const { rows } = options
  report.note(`reconciliation: ${rows} text keys`)
  const server = await startSource()
  const wire = await startCounted(server)
  try {
    await server.query(`
      CREATE TABLE texts (id text PRIMARY KEY, v text);
      INSERT INTO texts SELECT md5(i::text), 'a value' FROM generate_series(1, ${rows}) i`)
    await server.query("VACUUM ANALYZE texts")
    const secret = new URL(server.url)
    secret.host = `${wire.host}:${wire.port}`
    // Each pull is due to reconcile.
    const tables = [{ table: "texts", deletes: { reconcile: "0 seconds" } }]
    const replica = await startReplica({ bundle: "postgres", secret: secret.href, source: postgresSource, tables })
    try {
      for (let run = 0; run < 2; run++) await replica.pull()
      const seconds: Array<number> = []
      const scans: Array<number> = []
      const kibibytes: Array<number> = []
      for (let run = 0; run < options.runs; run++) {
        scans.push(await timed(() => server.query("SELECT count(*) FROM texts WHERE pg_catalog.age(xmin) <= 0")))
        wire.take()
        seconds.push((await replica.pull()).seconds)
        kibibytes.push(wire.take() / 1024)
      }
      const text = `reconciliation, ${formatNumber(rows)} text keys, nothing gone`
      const millis = seconds.map((one) => one * 1000)
      report.add({
        id: `incremental/reconcile/${rows}/time`,
        label: `${text}: time`,
        value: median(millis),
        unit: "ms",
        runs: millis,
        against: { label: "the source's own scan", ratio: medianRatio(seconds, scans) },
      })
      const value = median(kibibytes)
      report.add({
        id: `incremental/reconcile/${rows}/bytes`,
        label: `${text}: on the wire`,
        value,
        unit: "KiB",
        runs: kibibytes,
      })
    } finally {
      await replica.stop()
    }
  } finally {
    await wire.stop()
    await server.stop()
  }
}

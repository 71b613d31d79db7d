import { startPostgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { startReplica } from "../lib/replica.ts"

/** A log of a gigabyte that nobody has read meanwhile, of updates of 10 kB each, and what memory it takes to follow it. */
export const backlog = async (options: Options, report: Report): Promise<void> => {
  if (!options.large && !options.quick) return
  const rounds = options.quick ? 1 : 100
  report.note("freshness: a backlog of the log")
  const server = await startPostgres({
    settings: { wal_level: "logical", synchronous_commit: "on", shared_buffers: "512MB", max_wal_size: "8GB" },
  })
  try {
    await server.query(
      `CREATE TABLE fat (id int PRIMARY KEY, n int NOT NULL, v text);
       ALTER TABLE fat ALTER v SET STORAGE EXTERNAL;
       INSERT INTO fat SELECT n, 0, repeat(md5(n::text), 320) FROM generate_series(1, 1000) n;
       CREATE PUBLICATION bench FOR TABLE fat`,
    )
    const replica = await startReplica({
      bundle: "postgres",
      secret: server.url,
      source: { type: "postgres", url: { secret: "SOURCE" }, log: { slot: "bench", publication: "bench" } },
      tables: [{ table: "fat" }],
    })
    try {
      await replica.pull()
      const [[before] = []] = await server.query("SELECT pg_current_wal_insert_lsn()::text")
      for (let round = 0; round < rounds; round++) {
        await server.query(`UPDATE fat SET n = n + 1, v = repeat(md5(v), 320)`)
      }
      const [[bytes] = []] = await server.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)", [
        before,
      ])
      await replica.resetPeak()
      const { seconds } = await replica.pull()
      const [[least] = []] = await replica.admin.rows("SELECT min(n) FROM fat")
      if (least !== rounds) throw new Error(`Rows were brought to ${String(least)}, not to ${rounds}.`)
      const label = `a backlog of ${Math.round(Number(bytes) / 1_000_000)} MB of the log`
      report.add({
        id: "freshness/backlog",
        label,
        value: seconds * 1000,
        unit: "ms",
        runs: [seconds * 1000],
      })
      const { peakBytes } = await replica.usage()
      const peak = peakBytes / 1_000_000
      report.add({
        id: "freshness/backlog/memory",
        label: `workerd's memory at its most, ${label}`,
        value: peak,
        unit: "MB",
        runs: [peak],
      })
    } finally {
      await replica.stop()
    }
  } finally {
    await server.stop()
  }
}

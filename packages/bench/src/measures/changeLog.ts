import { startPostgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { startReplica } from "../lib/replica.ts"
import { median } from "../lib/timing.ts"

/** What is appended to in each poll, and how a poll of so many changes is made. */
const writes = (changes: number, round: number): string =>
  changes === 0
    ? "SELECT 1"
    : `INSERT INTO logged SELECT ${round}::bigint * 1000000 + n, n, md5(n::text) FROM generate_series(1, ${changes}) n`

/** Polls of PostgreSQL's change log: of nothing, of few and many changes, and of a backlog of small transactions. */
export const changeLog = async (options: Options, report: Report): Promise<void> => {
  report.note("incremental: by the change log")
  const server = await startPostgres({
    settings: { wal_level: "logical", synchronous_commit: "on", shared_buffers: "512MB", max_wal_size: "8GB" },
  })
  try {
    await server.query(
      `CREATE TABLE logged (id bigint PRIMARY KEY, n int NOT NULL, v text);
       CREATE TABLE beside (id int PRIMARY KEY, n int NOT NULL);
       INSERT INTO beside SELECT n, 0 FROM generate_series(1, 1000) n;
       CREATE PUBLICATION bench FOR TABLE logged, beside`,
    )
    const replica = await startReplica({
      bundle: "postgres",
      secret: server.url,
      source: { type: "postgres", url: { secret: "SOURCE" }, log: { slot: "bench", publication: "bench" } },
      tables: [{ table: "logged" }, { table: "beside" }],
    })
    try {
      await replica.pull()
      let round = 0
      const poll = async (sql: string, changes: number): Promise<number> => {
        await server.query(sql)
        const pulled = await replica.pull()
        if (pulled.read !== changes) throw new Error(`A poll read ${pulled.read} changes, not ${changes}.`)
        return pulled.seconds * 1000
      }
      const counts = options.quick ? [0, 1, 1000] : [0, 1, 1000, 100_000]
      for (const changes of counts) {
        await replica.resetPeak()
        const runs: Array<number> = []
        for (let run = 0; run < Math.max(1, options.runs); run++) {
          round += 1
          runs.push(await poll(writes(changes, round), changes))
        }
        const { peakBytes } = await replica.usage()
        report.add({
          id: `incremental/log/${changes}`,
          label: `by the change log, ${changes} changes in a transaction`,
          value: median(runs),
          unit: "ms",
          runs,
        })
        report.add({
          id: `incremental/log/${changes}/memory`,
          label: `workerd's memory at its most, ${changes} changes`,
          value: peakBytes / 1_000_000,
          unit: "MB",
          runs: [peakBytes / 1_000_000],
        })
      }
      const transactions = options.quick ? 1000 : 100_000
      const backlog = await poll(
        `DO $$ BEGIN FOR i IN 1..${transactions} LOOP UPDATE beside SET n = n + 1 WHERE id = 1 + i % 1000; COMMIT; END LOOP; END $$`,
        transactions,
      )
      report.add({
        id: "incremental/log/backlog",
        label: `by the change log, a backlog of ${transactions} transactions`,
        value: backlog,
        unit: "ms",
        runs: [backlog],
      })
    } finally {
      await replica.stop()
    }
  } finally {
    await server.stop()
  }
}

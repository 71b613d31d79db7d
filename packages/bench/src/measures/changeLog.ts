import { startMariadb, startPostgres } from "@starbase-replication/test-servers"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { startReplica } from "../lib/replica.ts"
import { median } from "../lib/timing.ts"

/** A server whose log is followed, with the tables `logged` and `beside`. */
interface LogServer {
  readonly url: string
  readonly bundle: "postgres" | "mysql"
  readonly source: object
  readonly query: (sql: string) => Promise<unknown>
  /** Appends so many rows in one transaction. */
  readonly append: (changes: number, round: number) => string
  /** Makes so many transactions of one change each. */
  readonly backlog: (transactions: number) => string
  readonly stop: () => Promise<void>
}

const postgres = async (): Promise<LogServer> => {
  const server = await startPostgres({
    settings: { wal_level: "logical", synchronous_commit: "on", shared_buffers: "512MB", max_wal_size: "8GB" },
  })
  await server.query(
    `CREATE TABLE logged (id bigint PRIMARY KEY, n int NOT NULL, v text);
     CREATE TABLE beside (id int PRIMARY KEY, n int NOT NULL);
     INSERT INTO beside SELECT n, 0 FROM generate_series(1, 1000) n;
     CREATE PUBLICATION bench FOR TABLE logged, beside`,
  )
  return {
    url: server.url,
    bundle: "postgres",
    source: { type: "postgres", url: { secret: "SOURCE" }, log: { slot: "bench", publication: "bench" } },
    query: (sql) => server.query(sql),
    append: (changes, round) =>
      `INSERT INTO logged SELECT ${round}::bigint * 1000000 + n, n, md5(n::text) FROM generate_series(1, ${changes}) n`,
    backlog: (transactions) =>
      `DO $$ BEGIN FOR i IN 1..${transactions} LOOP UPDATE beside SET n = n + 1 WHERE id = 1 + i % 1000; COMMIT; END LOOP; END $$`,
    stop: () => server.stop(),
  }
}

const mariadb = async (): Promise<LogServer> => {
  const server = await startMariadb({ binlog: true, settings: { "innodb-buffer-pool-size": "512M" } })
  const database = await server.createDatabase("bench")
  await database.query(
    `CREATE TABLE logged (id bigint PRIMARY KEY, n int NOT NULL, v text);
     CREATE TABLE beside (id int PRIMARY KEY, n int NOT NULL);
     INSERT INTO beside SELECT seq, 0 FROM seq_1_to_1000;
     CREATE PROCEDURE churn(most int)
     BEGIN DECLARE i int DEFAULT 1; WHILE i <= most DO UPDATE beside SET n = n + 1 WHERE id = 1 + i % 1000; SET i = i + 1; END WHILE; END`,
  )
  return {
    url: database.url,
    bundle: "mysql",
    source: { type: "mysql", url: { secret: "SOURCE" }, log: {} },
    query: (sql) => database.query(sql),
    append: (changes, round) =>
      `INSERT INTO logged SELECT ${round} * 1000000 + seq, seq, MD5(seq) FROM seq_1_to_${changes}`,
    backlog: (transactions) => `CALL churn(${transactions})`,
    stop: () => server.stop(),
  }
}

/** Polls of change logs: of nothing, of few and many changes, and of a backlog of small transactions. */
export const changeLog = async (options: Options, report: Report): Promise<void> => {
  await polls(options, report, { start: postgres, id: "log", name: "the change log" })
  await polls(options, report, { start: mariadb, id: "binlog", name: "MariaDB's binlog" })
}

const polls = async (
  options: Options,
  report: Report,
  { start, id, name }: { readonly start: () => Promise<LogServer>; readonly id: string; readonly name: string },
): Promise<void> => {
  report.note(`incremental: by ${name}`)
  const server = await start()
  try {
    const replica = await startReplica({
      bundle: server.bundle,
      secret: server.url,
      source: server.source,
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
          runs.push(await poll(changes === 0 ? "SELECT 1" : server.append(changes, round), changes))
        }
        const { peakBytes } = await replica.usage()
        report.add({
          id: `incremental/${id}/${changes}`,
          label: `by ${name}, ${changes} changes in a transaction`,
          value: median(runs),
          unit: "ms",
          runs,
        })
        report.add({
          id: `incremental/${id}/${changes}/memory`,
          label: `workerd's memory at its most by ${name}, ${changes} changes`,
          value: peakBytes / 1_000_000,
          unit: "MB",
          runs: [peakBytes / 1_000_000],
        })
      }
      const transactions = options.quick ? 1000 : 100_000
      const backlog = await poll(server.backlog(transactions), transactions)
      report.add({
        id: `incremental/${id}/backlog`,
        label: `by ${name}, a backlog of ${transactions} transactions`,
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

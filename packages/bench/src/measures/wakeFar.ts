import { farMillis, startDistance } from "../lib/distance.ts"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { median, paired } from "../lib/timing.ts"

/**
 * How long a wake-up takes that finds nothing new in many tables of a source that is far away: where nothing was committed
 * there at all, and where another table was written.
 */
export const wakeFar = async (options: Options, report: Report): Promise<void> => {
  const counts = options.quick ? [5] : options.large ? [100, 1000] : [100]
  for (const count of counts) await wakeMany(options, report, count)
}

const wakeMany = async (options: Options, report: Report, count: number): Promise<void> => {
  report.note(`freshness: idle wake-ups, ${count} tables, ${farMillis} ms away`)
  const elsewhere = "INSERT INTO elsewhere VALUES (1)"
  const server = await startSource()
  const distant = await startDistance(server, farMillis)
  const replicas: Array<Replica> = []
  try {
    const tables = Array.from({ length: count }, (_, place) => ({ table: `far_${place}`, cursor: "updated_at" }))
    await server.query("CREATE TABLE elsewhere (id integer)")
    for (const { table } of tables) {
      await server.query(`
        CREATE TABLE ${table} (id integer PRIMARY KEY, updated_at timestamptz NOT NULL);
        CREATE INDEX ON ${table} (updated_at, id);
        INSERT INTO ${table} SELECT i, now() - i * interval '1 minute' FROM generate_series(1, ${Math.ceil(100_000 / count)}) i;`)
    }
    const secret = new URL(server.url)
    secret.host = `${distant.host}:${distant.port}`
    const start = async (concurrency: number, isQuiet: boolean): Promise<() => Promise<number>> => {
      const limits = { concurrency }
      const replica = await startReplica({
        bundle: "postgres",
        secret: secret.href,
        source: postgresSource,
        tables,
        limits,
      })
      replicas.push(replica)
      // The first run after the load compares all keys.
      for (let run = 0; run < 2; run++) await replica.pull()
      return async () => {
        await (isQuiet ? replica.pull() : server.query(elsewhere))
        return (await replica.pull()).seconds * 1000
      }
    }
    const millis = await paired(options.runs, {
      quiet: await start(1, true),
      one: await start(1, false),
      eight: await start(8, false),
    })
    for (const [connections, runs] of [
      ["1 connection, nothing committed", millis.quiet],
      ["1 connection", millis.one],
      ["8 connections", millis.eight],
    ] as const) {
      const value = median(runs)
      report.add({
        id: `freshness/far/${count}/${connections}`,
        label: `idle wake-up, ${count} tables ${farMillis} ms away, ${connections}`,
        value,
        unit: "ms",
        runs,
        against: { label: "a round trip", ratio: value / farMillis },
      })
    }
  } finally {
    for (const replica of replicas) await replica.stop()
    await distant.stop()
    await server.stop()
  }
}

import { setTimeout as sleep } from "node:timers/promises"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { quantile } from "../lib/timing.ts"

const everySeconds = 1

/** From the commit at the source to the row in an answer of `/query`, with the replica waking itself each second. */
export const freshness = async (options: Options, report: Report): Promise<void> => {
  const server = await startSource()
  let replica: Replica | undefined
  try {
    for (const count of options.quick ? [1, 5] : [1, 100]) {
      report.note(`freshness: ${count} tables, every second`)
      const names = Array.from({ length: count }, (_, place) => `fresh_${count}_${place}`)
      for (const name of names) {
        await server.query(`
          CREATE TABLE ${name} (id integer PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
          CREATE INDEX ON ${name} (updated_at, id);
          INSERT INTO ${name} SELECT i FROM generate_series(1, 1000) i;`)
      }
      const opened = await startReplica({
        alarm: true,
        bundle: "postgres",
        secret: server.url,
        source: postgresSource,
        tables: names.map((table) => ({ table, cursor: "updated_at", every: `${everySeconds} second` })),
      })
      replica = opened
      await opened.pull()
      const samples = options.quick ? 2 : 10 * options.runs
      const delays: Array<number> = []
      for (let sample = 0; sample < samples; sample++) {
        await sleep(Math.random() * 1000 * everySeconds)
        const name = names[Math.floor(Math.random() * count)] ?? ""
        const id = 1001 + sample
        await server.query(`INSERT INTO ${name} (id) VALUES (${id})`)
        const committedAt = performance.now()
        await isVisible(opened, name, id)
        delays.push(performance.now() - committedAt)
      }
      for (const [share, label] of [
        [0.5, "p50"],
        [0.99, "p99"],
      ] as const) {
        const value = quantile(delays, share)
        report.add({
          id: `freshness/${count}/${label}`,
          label: `commit to visible, ${count} ${count === 1 ? "table" : "tables"}, every second, ${label}`,
          value,
          unit: "ms",
          runs: delays,
          against: { label: "the interval", ratio: value / (1000 * everySeconds) },
        })
      }
      await opened.stop()
      replica = undefined
    }
  } finally {
    await replica?.stop()
    await server.stop()
  }
}

const patienceMillis = 60_000

/** Asks the replica until it has the row. */
const isVisible = async ({ admin }: Replica, table: string, id: number): Promise<void> => {
  const deadline = performance.now() + patienceMillis
  while ((await admin.rows(`SELECT 1 FROM ${table} WHERE id = ?`, [id])).length === 0) {
    if (performance.now() > deadline) throw new Error(`A row of ${table} did not arrive in ${patienceMillis / 1000} s.`)
    await sleep(2)
  }
}

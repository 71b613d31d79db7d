import { setTimeout as sleep } from "node:timers/promises"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import pg from "pg"
import type { Report } from "../lib/figures.ts"
import { type Follower, nobody, polling, streaming, zeroCache } from "../lib/followers.ts"
import type { Options } from "../lib/options.ts"
import { cpuOfPostgres } from "../lib/serverUsage.ts"
import { quantile } from "../lib/timing.ts"

const perSecond = 200

/**
 * What it costs a PostgreSQL in use to be followed by its log, and how long a commit takes to be seen: by polls of each 1, 5
 * and 30 seconds, by a connection that stays open and, where that is asked for, by another tool that keeps one.
 */
export const following = async (options: Options, report: Report): Promise<void> => {
  const server = await startPostgres({
    settings: { wal_level: "logical", synchronous_commit: "on", shared_buffers: "512MB", max_wal_size: "8GB" },
  })
  try {
    await server.query(
      `CREATE TABLE followed (id int PRIMARY KEY, n int NOT NULL, v text);
       INSERT INTO followed SELECT n, 0, md5(n::text) FROM generate_series(1, 10000) n;
       CREATE PUBLICATION bench FOR TABLE followed`,
    )
    const seconds = options.quick ? 2 : 30
    const alone = await follow(server, report, { name: "nobody", samples: 0, open: nobody, seconds })
    if (alone === undefined) throw new Error("Nobody is always there.")
    const followers = [
      ...(options.quick ? [1] : [1, 5, 30]).map((every) => ({
        name: `polls of ${every} s`,
        // One takes as long as an interval.
        samples: options.quick ? 2 : Math.ceil(20 / Math.max(1, every / 5)),
        open: () => polling(server, every),
      })),
      { name: "pg_recvlogical", samples: 0, open: () => streaming(server) },
      ...(options.peers ? [{ name: "zero-cache", samples: 20, open: () => zeroCache(server) }] : []),
    ]
    addCpu(report, "nobody", alone)
    for (const { name, open, samples } of followers) {
      const cpu = await follow(server, report, { name, samples, open, seconds })
      if (cpu === undefined) report.note(`${name} is not on the PATH, and is left out`)
      else addCpu(report, name, cpu, alone)
    }
  } finally {
    await server.stop()
  }
}

const addCpu = (report: Report, name: string, value: number, alone?: number) =>
  report.add({
    id: `freshness/following/${name}/cpu`,
    label: `source's CPU in each second, ${perSecond} transactions a second, followed by ${name}`,
    value,
    unit: "ms",
    runs: [value],
    ...(alone === undefined ? {} : { against: { label: "followed by nobody", ratio: value / alone } }),
  })

/** Whom to follow with, for how long, and how many commits are waited for. */
interface Followed {
  readonly name: string
  readonly open: () => Promise<Follower | undefined>
  readonly seconds: number
  readonly samples: number
}

/** Gives the source's processor time in each second of writing, in milliseconds; undefined where the follower is not there. */
const follow = async (
  server: Postgres,
  report: Report,
  { name, open, samples, seconds }: Followed,
): Promise<number | undefined> => {
  report.note(`freshness: a log that is followed by ${name}`)
  const follower = await open()
  if (follower === undefined) return undefined
  const client = new pg.Client(server.url)
  await client.connect()
  try {
    const before = await cpuOfPostgres(server)
    await write(client, seconds)
    const cpu = (1000 * ((await cpuOfPostgres(server)) - before)) / seconds
    if (follower.sees !== undefined) {
      addDelays(report, `${name}/visible`, `commit to visible, ${name}`, await delays(client, follower.sees, samples))
    }
    const { seesAfter } = follower
    if (seesAfter !== undefined) {
      const own = await delays(
        client,
        async (id) =>
          seesAfter(id, String((await client.query("SELECT pg_current_wal_insert_lsn()::text AS at")).rows[0].at)),
        samples,
      )
      addDelays(report, `${name}/own`, `commit to an answer that has it, for who waits for it, ${name}`, own)
    }
    return cpu
  } finally {
    await client.end()
    await follower.stop()
  }
}

/** Changes rows one by one, so many in each second. */
const write = async (client: pg.Client, seconds: number): Promise<void> => {
  const startedAt = performance.now()
  for (let count = 0; count < seconds * perSecond; count++) {
    const ahead = (count / perSecond) * 1000 - (performance.now() - startedAt)
    if (ahead > 5) await sleep(ahead)
    await client.query("UPDATE followed SET n = n + 1, v = md5(v) WHERE id = $1", [1 + ((count * 7919) % 10_000)])
  }
}

let nextId = 1_000_000

const delays = async (
  client: pg.Client,
  sees: (id: number) => Promise<boolean>,
  samples: number,
): Promise<ReadonlyArray<number>> => {
  const found: Array<number> = []
  for (let sample = 0; sample < samples; sample++) {
    await sleep(Math.random() * 1000)
    nextId += 1
    await client.query("INSERT INTO followed VALUES ($1, 0, 'new')", [nextId])
    const committedAt = performance.now()
    while (!(await sees(nextId))) await sleep(2)
    found.push(performance.now() - committedAt)
  }
  return found
}

const addDelays = (report: Report, id: string, label: string, runs: ReadonlyArray<number>) => {
  for (const [share, name] of [
    [0.5, "p50"],
    [0.99, "p99"],
  ] as const) {
    report.add({
      id: `freshness/following/${id}/${name}`,
      label: `${label}, ${name}`,
      value: quantile(runs, share),
      unit: "ms",
      runs,
    })
  }
}

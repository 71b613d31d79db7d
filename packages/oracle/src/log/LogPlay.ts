import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type TableResult } from "@starbase-replication/core/run"
import { Sink } from "@starbase-replication/core/sink"
import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import type { TcpProxy } from "@starbase-replication/test-servers"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeClock } from "../FakeClock.ts"
import { BrokenPromise } from "../Promises.ts"
import type { WorkerdObject } from "../Workerd.ts"
import { type LogSubject, total } from "./LogSubject.ts"
import { makeRandom } from "./Random.ts"

/** Where histories of logs are played. */
export interface LogPlace {
  readonly subject: LogSubject
  readonly proxy: TcpProxy
  readonly object: WorkerdObject
  readonly trace: (line: string) => void
}

/** What a history came to: the codes of its runs' failures, and how often the sum over both tables was looked at. */
export interface LogPlayed {
  readonly codes: ReadonlyArray<string>
  readonly looks: number
  readonly changes: number
}

const never = new Promise<never>(() => {})

/** A run of the replicator, with what befalls it. */
interface Fault {
  readonly at: number
  readonly kind: "lost before" | "lost after" | "death before" | "death after"
}

/** Plays one history; rejects with a `BrokenPromise` where the replica is not what the source was at a commit. */
export const playLog = async (place: LogPlace, seed: number): Promise<LogPlayed> => {
  const random = makeRandom(seed)
  const { subject, object, trace } = place
  const tables = await subject.make(`h${seed}`)
  const { writers } = tables
  const url = new URL(tables.url)
  url.port = String(place.proxy.port)
  const clock = makeClock(() => 0)
  const codes: Array<string> = []
  const tally = { looks: 0, changes: 0 }

  /** The sum over both tables, where both are whole and none is built anew. */
  const look = async () => {
    const [known] = await object.execute(
      // Without the triggers by which the log goes into them, they do not follow it, whatever is noted.
      `SELECT (SELECT count(*) FROM sqlite_master WHERE name IN ('a', 'b', 'tmp_replication_log_targets', 'tmp_replication_logs', 'tmp_replication_log_live_a', 'tmp_replication_log_live_b'))`,
      [],
    )
    if (known?.[0] !== 6) return
    const [row] = await object.execute(
      `SELECT (SELECT sum(bal) FROM a), (SELECT sum(bal) FROM b), (SELECT count(*) FROM tmp_replication_tables WHERE synced_at IS NOT NULL AND next_plan IS NULL AND more = 0),
        (SELECT count(*) FROM tmp_replication_log_targets WHERE which = 'live' AND high IS NOT NULL), (SELECT count(*) FROM tmp_replication_log_targets),
        (SELECT max(is_torn) FROM tmp_replication_logs), (SELECT count(*) FROM tmp_replication_log_wanted)`,
      [],
    )
    const [a, b, whole, live, all, torn, wanted] = (row ?? []).map(Number)
    if (whole !== 2 || live !== 2 || all !== 2 || torn !== 0 || wanted !== 0) return
    tally.looks += 1
    if ((a ?? 0) + (b ?? 0) !== total) throw new BrokenPromise(`The sum is ${(a ?? 0) + (b ?? 0)}, not ${total}.`)
  }

  const portOf = (fault: Fault | undefined, broken: { error: unknown; isDead: boolean }): Execute => {
    let calls = 0
    return async (sql, params) => {
      const at = calls++
      if (broken.isDead) return never
      const kind = fault?.at === at ? fault.kind : undefined
      if (kind === "lost before") throw new Error("Network connection lost.")
      if (kind === "death before") {
        broken.isDead = true
        return never
      }
      const rows = await object.execute(sql, params)
      if (/^\s*INSERT INTO tmp_replication_log_batch/.test(sql)) {
        await look().catch((error: unknown) => {
          broken.error ??= error
        })
      }
      if (kind === "lost after") throw new Error("Network connection lost.")
      if (kind === "death after") {
        broken.isDead = true
        return never
      }
      return rows
    }
  }

  const run = async (
    how: { readonly refresh?: boolean; readonly into?: string },
    fault: Fault | undefined,
  ): Promise<ReadonlyArray<TableResult>> => {
    const broken: { error: unknown; isDead: boolean } = { error: undefined, isDead: false }
    const effect = Effect.gen(function* () {
      const config = yield* decodeConfig(
        {
          sources: {
            main: tables.entry,
          },
          tables: ["a", "b"].map((table) => ({ source: "main", table, batchSize: 1 + random.below(20) })),
        },
        { connectors: [subject.connector], secrets: () => url.href },
      )
      const { tables: results } = yield* replicate(config, {
        select: how.into === undefined ? "all" : { into: [how.into] },
        claim: true,
        refresh: how.refresh ?? false,
        budget: {
          millis: random.oneIn(4) ? 1 : 20_000,
          rows: Number.POSITIVE_INFINITY,
          bytes: Number.POSITIVE_INFINITY,
          queries: Number.POSITIVE_INFINITY,
        },
      })
      return results
    }).pipe(
      Effect.provide(layer(portOf(fault, broken))),
      Effect.provideService(Clock.Clock, clock),
      Effect.catch((error) =>
        Effect.as(
          Effect.sync(() => codes.push(error.code)),
          [],
        ),
      ),
    )
    const ended = Effect.runPromise(effect)
    let isOver = false
    const died = (async () => {
      while (!broken.isDead) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (isOver) return []
      }
      return []
    })()
    const results = await Promise.race([ended.finally(() => (isOver = true)), died])
    if (broken.error !== undefined) throw broken.error
    if (broken.isDead) codes.push("died")
    for (const { error, read } of results) {
      codes.push(error?.code ?? "ok")
      tally.changes += read
      trace(`   ${JSON.stringify(error?.message ?? "ok")} ${read}`)
      if (error?.code === "unknown") throw new BrokenPromise(`A run failed for no known reason: ${error.message}`)
    }
    if (fault !== undefined) clock.jump(200_000)
    return results
  }

  const pull = async () => {
    const fault: Fault | undefined = random.oneIn(3)
      ? {
          at: random.below(40),
          kind: random.pick(["lost before", "lost after", "death before", "death after"]),
        }
      : undefined
    const how = random.below(12)
    trace(`pull ${how} ${JSON.stringify(fault)}`)
    if (how === 0) {
      await Promise.all([run({}, undefined), run({}, undefined)])
    } else if (how === 1) {
      place.proxy.cutAfter(200 + random.below(20_000))
      await run({}, fault)
      place.proxy.heal()
    } else if (subject.interleaves && how < 5) {
      const meanwhile = async () => {
        for (let left = 1 + random.below(8); left > 0; left--) {
          trace(await writers.step(random))
          if (how === 4 && random.oneIn(6)) await disturb()
        }
      }
      await Promise.all([
        run(random.oneIn(3) ? { refresh: true, into: random.pick(["a", "b"]) } : {}, fault),
        meanwhile(),
      ])
    } else await run(how === 2 ? { refresh: true, into: random.pick(["a", "b"]) } : {}, fault)
  }

  const disturb = async () => {
    const table = random.pick(["a", "b"])
    const sql = tables.disturbance(random, table)
    trace(sql)
    if (sql.startsWith("sink ")) {
      const [, what = "", into = ""] = sql.split(" ")
      await Effect.flatMap(Sink, (sink) =>
        what === "reset" ? sink.reset(into) : sink.setPaused(into, what === "pause"),
      ).pipe(
        Effect.ignore,
        Effect.provide(layer(object.execute)),
        Effect.provideService(Clock.Clock, clock),
        Effect.runPromise,
      )
    } else await tables.disturb(sql)
  }

  try {
    for (let step = 0; step < 60; step++) {
      const kind = random.below(20)
      if (kind < 13) trace(await writers.step(random))
      else if (kind < 19) await pull()
      else await disturb()
    }
    await writers.settle()
    clock.jump(400_000)
    for (const into of ["a", "b"]) {
      await Effect.flatMap(Sink, (sink) => sink.setPaused(into, false)).pipe(
        Effect.ignore,
        Effect.provide(layer(object.execute)),
        Effect.provideService(Clock.Clock, clock),
        Effect.runPromise,
      )
    }
    for (let tries = 0; tries < 8; tries++) {
      const results = await run({}, undefined)
      const isDone = results.length === 2 && results.every(({ more, error }) => !more && error === undefined)
      if (isDone && tries > 0) break
      clock.jump(1_000_000)
    }
    for (const table of ["a", "b"]) {
      const columns = await tables.columns(table)
      const there = await tables.rows(table, columns)
      const list = columns.map((name) => `CAST(${name} AS text)`).join(", ")
      const here = await object.execute(`SELECT ${list} FROM ${table} ORDER BY ${table}.id`, [])
      if (JSON.stringify(there) !== JSON.stringify(here)) throw new BrokenPromise(differences(table, there, here))
    }
    await look()
    return { codes, ...tally }
  } finally {
    // What died has left its connections behind, as no process does that is killed.
    place.proxy.cut()
    await writers.stop()
    await tables.drop()
  }
}

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

const differences = (table: string, there: Rows, here: Rows): string => {
  const brief = (rows: Rows) => new Set(rows.map((row) => JSON.stringify(row).slice(0, 100)))
  const [source, replica] = [brief(there), brief(here)]
  const lacking = [...source].filter((row) => !replica.has(row)).slice(0, 3)
  const extra = [...replica].filter((row) => !source.has(row)).slice(0, 3)
  return `"${table}" differs: ${there.length} rows at the source, ${here.length} here; lacking ${lacking.join()}; extra ${extra.join()}`
}

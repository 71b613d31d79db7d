import { Agent, request } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import type { Report } from "../lib/figures.ts"
import type { Options } from "../lib/options.ts"
import { postgresSource, type Replica, startReplica, token } from "../lib/replica.ts"
import { startSource } from "../lib/source.ts"
import { mixed } from "../lib/tables.ts"
import { median, medianRatio, quantile } from "../lib/timing.ts"

/** How long the reader thinks before it asks again. */
const pauseMillis = 5

/** In milliseconds. */
type Latencies = ReadonlyArray<number>

/** Point queries on the replica, at rest and while a table is loaded, beside the same ones on the source. */
export const reads = async (options: Options, report: Report): Promise<void> => {
  report.note("reads: queries at rest and during a load")
  const server = await startSource()
  const client = new pg.Client(server.url)
  let replica: Replica | undefined
  try {
    await client.connect()
    const rows = Math.min(100_000, options.rows)
    await server.query(mixed(rows, "read").postgres)
    await server.query(mixed(options.rows, "loaded").postgres)
    await server.query("VACUUM ANALYZE")
    const tables = ["read", "loaded"].map((table) => ({ table, deletes: "ignore" }))
    const opened = await startReplica({ bundle: "postgres", secret: server.url, source: postgresSource, tables })
    replica = opened
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const onReplica = (id: number) => query(opened.url, agent, id)
    const onSource = (id: number) => client.query("SELECT * FROM read WHERE id = $1", [id])
    await opened.admin.post("/replicate/read")

    const seconds = options.quick ? 0.5 : 5
    const idle: Array<Latencies> = []
    const loading: Array<Latencies> = []
    const source: Array<Latencies> = []
    for (let run = 0; run < options.runs; run++) {
      await ask(onReplica, rows, until(100))
      source.push(await ask(onSource, rows, until(seconds * 1000)))
      idle.push(await ask(onReplica, rows, until(seconds * 1000)))
      await opened.admin.post("/replicate/loaded/reset")
      let isLoading = true
      const load = (async () => {
        while (isLoading) {
          const { result } = await opened.admin.post<{ tables: ReadonlyArray<{ more: boolean }> }>("/replicate/loaded")
          isLoading = result?.tables[0]?.more === true
        }
      })()
      loading.push(await ask(onReplica, rows, () => isLoading))
      await load
    }
    agent.destroy()
    for (const [share, name] of [
      [0.5, "p50"],
      [0.99, "p99"],
    ] as const) {
      const of = (list: ReadonlyArray<Latencies>) => list.map((latencies) => quantile(latencies, share))
      const add = (id: string, label: string, runs: Latencies, to: Latencies, against: string) =>
        report.add({
          id: `reads/${id}/${name}`,
          label: `${label}, ${name}`,
          value: median(runs),
          unit: "ms",
          runs,
          against: { label: against, ratio: medianRatio(runs, to) },
        })
      add("idle", "query on the replica at rest", of(idle), of(source), "the same on the source")
      add("loading", "query on the replica during a load", of(loading), of(idle), "at rest")
    }
  } finally {
    await client.end()
    await replica?.stop()
    await server.stop()
  }
}

const until = (millis: number): (() => boolean) => {
  const end = performance.now() + millis
  return () => performance.now() < end
}

/** A reader that asks for rows at random, one after the other, for as long as `goesOn` says. */
const ask = async (send: (id: number) => Promise<unknown>, rows: number, goesOn: () => boolean): Promise<Latencies> => {
  const latencies: Array<number> = []
  while (goesOn()) {
    const sentAt = performance.now()
    await send(1 + Math.floor(Math.random() * rows))
    latencies.push(performance.now() - sentAt)
    await sleep(pauseMillis)
  }
  return latencies
}

/** One `/query` over a connection that is kept. */
const query = (url: URL, agent: Agent, id: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ sql: "SELECT * FROM read WHERE id = ?", params: [id] })
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    }
    request(new URL("/query", url), { agent, method: "POST", headers }, (response) => {
      response.resume()
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error("A query failed."))))
      response.on("error", reject)
    })
      .on("error", reject)
      .end(body)
  })

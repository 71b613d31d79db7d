import { setTimeout as sleep } from "node:timers/promises"
import { startPostgres } from "@starbase-replication/test-servers"
import type { Figure, Report } from "../lib/figures.ts"
import { type Fleet, startFleet } from "../lib/fleet.ts"
import type { Options } from "../lib/options.ts"
import { quantile, timed } from "../lib/timing.ts"

/** A replica for each tenant of one hub: how long they take to be made, and how soon a commit is seen in all that it touches. */
export const fanOut = async (options: Options, report: Report): Promise<void> => {
  const tenants = options.quick ? 5 : 1000
  const rows = options.rows
  report.note(`freshness: ${tenants} replicas of one hub, ${rows} rows`)
  const server = await startPostgres({ settings: { shared_buffers: "512MB" } })
  let fleet: Fleet | undefined
  try {
    await server.query(
      `CREATE TABLE orders (id int PRIMARY KEY, tenant_id int NOT NULL, n int NOT NULL, note text);
       INSERT INTO orders SELECT n, n % ${tenants}, 0, md5(n::text) FROM generate_series(1, ${rows}) n`,
    )
    fleet = await startFleet(server)
    const { diskBytes, hub, pull, residentBytes, until } = fleet
    const add = (
      id: string,
      label: string,
      value: number,
      unit: Figure["unit"],
      runs: ReadonlyArray<number> = [value],
    ) => report.add({ id: `freshness/fleet/${id}`, label, value, unit, runs })
    add("hub", `${rows} rows into the hub of tenants`, (await timed(pull)) * 1000, "ms")
    const [disk, memory] = [await diskBytes(), await residentBytes()]
    const seeding = await timed(async () => {
      const { error } = await hub.post("/replicate/replicas", { do: "make", replicas: "all" })
      if (error !== undefined) throw new Error(error)
      await until(({ seeded, sweep }) => sweep?.left === 0 && seeded === tenants)
    })
    add("seeding", `${tenants} replicas made and loaded by a workflow`, seeding * 1000, "ms")
    add("disk", "disk of a replica", ((await diskBytes()) - disk) / tenants / 1024, "KiB")
    add(
      "memory",
      "memory of a replica that has just been loaded",
      ((await residentBytes()) - memory) / tenants / 1024,
      "KiB",
    )

    let round = 0
    for (const touched of options.quick ? [1, 5] : [1, 100, 1000]) {
      round += 1
      await server.query(`UPDATE orders SET n = ${round} WHERE id BETWEEN ${tenants} AND ${tenants + touched - 1}`)
      const committedAt = performance.now()
      const pulled = pull()
      const samples = Math.min(touched, 20)
      const watched = Array.from({ length: samples }, (_, at) => Math.floor((at * touched) / samples))
      const delays = await Promise.all(
        watched.map((tenant) => seenAfter(fleet, tenant, tenants + tenant, round, committedAt)),
      )
      await pulled
      await until(({ lagSeconds }) => lagSeconds.max === 0)
      const of = `a commit that touches ${touched} ${touched === 1 ? "tenant" : "tenants"}, to visible in its replica`
      add(`visible/${touched}/p50`, `${of}, p50`, quantile(delays, 0.5), "ms", delays)
      add(`visible/${touched}/p99`, `${of}, p99`, quantile(delays, 0.99), "ms", delays)
    }
  } finally {
    await fleet?.stop()
    await server.stop()
  }
}

const patienceMillis = 120_000

const seenAfter = async (fleet: Fleet | undefined, tenant: number, id: number, n: number, committedAt: number) => {
  const sql = `SELECT 1 FROM orders WHERE id = ${id} AND n = ${n}`
  while ((await fleet?.has(tenant, sql)) === false) {
    if (performance.now() - committedAt > patienceMillis) throw new Error(`Tenant ${tenant} never saw its row.`)
    await sleep(20)
  }
  return performance.now() - committedAt
}

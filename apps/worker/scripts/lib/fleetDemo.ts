import { setTimeout as sleep } from "node:timers/promises"
import type { FleetSummary } from "@starbase-replication/plugin"
import { type Client, makeClient } from "./client.ts"
import { comparedTables, compareTable } from "./compare.ts"
import { UserError } from "./fail.ts"
import { withProgress } from "./progress.ts"
import type { World } from "./world.ts"

/** What the demo's document says, so that each country has a replica of its own. */
export const replicas = { by: { column: "country" }, tables: { countries: { column: "code" } } }

/** What the demo of many replicas works with. */
export interface FleetDemo {
  readonly world: World
  readonly url: URL
  readonly admin: Client
  /** Pulls until the hub has all. */
  readonly pull: () => Promise<unknown>
  readonly tenants: number
}

/** So many replicas are compared side by side. */
const together = 6

const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`

const fleetOf = async (admin: Client): Promise<FleetSummary> => {
  const { result, error } = await admin.get<FleetSummary>("/replicate/replicas")
  if (result === undefined) throw new Error(error)
  return result
}

/** Waits until all replicas are as they are to be. */
const until = async (admin: Client, isSo: (fleet: FleetSummary) => boolean): Promise<FleetSummary> => {
  for (;;) {
    const fleet = await fleetOf(admin)
    if (isSo(fleet)) return fleet
    await sleep(100)
  }
}

/** Chooses the countries: those with the fewest cities are left out where not all are wanted. */
const choose = async ({ postgres }: World, tenants: number): Promise<ReadonlyArray<string>> => {
  const { rows } = await postgres.query<[string]>("SELECT code FROM countries ORDER BY cities, code", [], {
    rowMode: "array",
  })
  if (tenants > rows.length) throw new UserError(`--tenants: there are ${rows.length} countries, and no more.`)
  return rows.slice(0, tenants).map(([code]) => code)
}

/** Of each country's cities, four in ten change, and one in ten goes to the next country. */
const change = async ({ postgres }: World, countries: ReadonlyArray<string>): Promise<number> => {
  const { affectedRows = 0 } = await postgres.query(
    `UPDATE cities SET updated_at = clock_timestamp(), population = population + 1,
        country = CASE cities.id % 10 WHEN 0 THEN coalesce(n.next, country) ELSE country END
      FROM (SELECT code, lead(code) OVER (ORDER BY at) AS next FROM unnest($1::text[]) WITH ORDINALITY AS c(code, at)) AS n
      WHERE n.code = cities.country AND cities.id % 10 < 5`,
    [countries],
  )
  return affectedRows
}

/** Makes replicas of countries, changes and moves cities, and compares each replica with the source; tells whether all are right. */
export const tellFleet = async (demo: FleetDemo): Promise<boolean> => {
  const { admin, pull, tenants, url, world } = demo
  const countries = await choose(world, tenants)
  const names = countries.map((code) => `tenant:${code}`)
  console.log(`\nA replica for each of ${tenants} countries, an object of its own: POST /replicate/replicas`)
  const madeAt = Date.now()
  const { error } = await admin.post("/replicate/replicas", { do: "make", replicas: names })
  if (error !== undefined) throw new Error(error)
  const made = await withProgress(
    until(admin, ({ sweep }) => sweep?.left === 0),
    async () => `${(await fleetOf(admin)).seeded} of ${tenants}`,
  )
  console.log(`  ${made.seeded} loaded by a workflow in ${seconds(madeAt)}, ${made.failing} failed`)

  console.log("\nAt the source: cities changed, and moved from each country to the next. Pulled once, by the hub")
  const changed = await change(world, countries)
  const pulledAt = Date.now()
  await pull()
  console.log(`  ${changed} cities changed, in the hub after ${seconds(pulledAt)}`)
  const followed = await withProgress(
    until(admin, ({ lagSeconds }) => lagSeconds.max === 0),
    async () => `the last is ${(await fleetOf(admin)).lagSeconds.max} s behind`,
  )
  console.log(`  in every replica after ${seconds(pulledAt)}, by ${followed.hints.sent} hints of the queue`)

  console.log("\nCompared, every value of every row, each replica read with a token of its own")
  const comparedAt = Date.now()
  const [cities] = comparedTables
  if (cities === undefined) return false
  const differences: Array<string> = []
  let rows = 0
  const compare = async (code: string) => {
    const { result } = await admin.post<{ token: string }>("/replicate/replicas/token", { replica: `tenant:${code}` })
    const client = makeClient(url, result?.token ?? "")
    const comparison = await compareTable(world.postgres, client, {
      ...cities,
      only: { column: "country", value: code },
    })
    rows += comparison.rows
    differences.push(...comparison.differences.map((line) => `tenant:${code}: ${line}`))
  }
  const left = [...countries]
  const work = async () => {
    for (let code = left.shift(); code !== undefined; code = left.shift()) await compare(code)
  }
  await Promise.all(Array.from({ length: together }, work))
  if (differences.length > 0) {
    console.error(
      `They differ:\n${differences
        .slice(0, 10)
        .map((line) => `  ${line}`)
        .join("\n")}`,
    )
    return false
  }
  console.log(`  ${rows} rows in ${tenants} replicas, no difference, in ${seconds(comparedAt)}`)
  return true
}

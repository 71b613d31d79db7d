import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import type { TableResult } from "@starbase-replication/core/run"
import { bundlePath } from "./lib/bundle.ts"
import { type Client, makeClient } from "./lib/client.ts"
import { comparedTables, compareTable } from "./lib/compare.ts"
import { runCommand, UserError } from "./lib/fail.ts"
import { replicas, tellFleet } from "./lib/fleetDemo.ts"
import { withProgress } from "./lib/progress.ts"
import { readable } from "./lib/readable.ts"
import { serve } from "./lib/serve.ts"
import { serveDemo } from "./lib/serveDemo.ts"
import { keepSignalsFromWorkerd, untilSignal } from "./lib/signal.ts"
import { startWorld, type World } from "./lib/world.ts"

const config = {
  sources: { world: { type: "postgres", url: { secret: "WORLD_URL" } } },
  tables: [
    {
      source: "world",
      table: "public.cities",
      cursor: "updated_at",
      deletes: { reconcile: "1 second" },
      every: "2 seconds",
    },
    { source: "world", table: "public.countries", deletes: { reconcile: "1 second" }, every: "2 seconds" },
  ],
}

/** For so long after one comparison of keys, no other is due. */
const reconcileMs = 1000

const startedAt = Date.now()
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`
const count = (value: number) => value.toLocaleString("en-US")

/** Runs until no table has more to read, and adds up what each did. */
const pullAll = async (admin: Client): Promise<ReadonlyArray<TableResult>> => {
  const totals = new Map<string, TableResult>()
  for (;;) {
    const results = await admin.replicate()
    for (const result of results) {
      if (result.error !== undefined) throw new Error(`${result.table}: ${result.error.message} ${result.error.hint}`)
      const total = totals.get(result.table)
      totals.set(result.table, {
        ...result,
        read: result.read + (total?.read ?? 0),
        written: result.written + (total?.written ?? 0),
        unchanged: result.unchanged + (total?.unchanged ?? 0),
        deleted: result.deleted + (total?.deleted ?? 0),
        rejected: result.rejected + (total?.rejected ?? 0),
      })
    }
    if (results.every(({ more }) => !more)) return [...totals.values()]
  }
}

const tell = (results: ReadonlyArray<TableResult>) => {
  for (const { table, ...result } of results) {
    const counts = (["read", "written", "unchanged", "deleted", "rejected"] as const).map(
      (name) => `${count(result[name])} ${name}`,
    )
    console.log(`  ${table.padEnd(10)} ${counts.join(", ")}`)
  }
}

const tenantsOf = (text = "0"): number => {
  const tenants = Number(text)
  if (!Number.isInteger(tenants) || tenants < 0) throw new UserError(`--tenants: "${text}" is no number of tenants`)
  return tenants
}

const countCities = async (client: Client): Promise<number> => {
  const [row] = await client.rows("SELECT count(*) FROM cities").catch(() => [])
  return Number(row?.[0] ?? 0)
}

const changes = `
  INSERT INTO cities (id, name, country, population, latitude, longitude, names, details, updated_at)
    VALUES (900000001, 'Neustadt "im" Netz', 'DE', 9007199254740993, 52.5, 13.4,
      ARRAY['Neustadt', NULL, 'a "quoted" name'], '{"feature": "PPL", "big": 12345678901234567890}', clock_timestamp());
  UPDATE cities SET population = population + 1, updated_at = clock_timestamp() WHERE country = 'IS';
  UPDATE countries SET population = population + 1 WHERE code = 'IS';
  DELETE FROM cities WHERE country = 'LI';
  DELETE FROM countries WHERE code = 'LI';`

/** Tells the story, and answers whether source and replica were the same at its end. */
const tellStory = async (world: World, admin: Client, client: Client): Promise<boolean> => {
  console.log("\nFirst pull: POST /replicate, from PostgreSQL into the SQLite of a Durable Object in workerd")
  const pulledAt = Date.now()
  const rate = (rows: number) => `${count(Math.round((rows * 1000) / (Date.now() - pulledAt)))} rows/s`
  tell(
    await withProgress(pullAll(admin), async () => {
      const rows = await countCities(client)
      return `${count(rows)} rows, ${rate(rows)}`
    }),
  )
  console.log(`  in ${seconds(pulledAt)}, ${rate(world.cities)}`)

  console.log("\nPulled again, nothing changed at the source: what is read again costs no write")
  tell(await pullAll(admin))

  console.log("\nAt the source: 1 city inserted, all of Iceland updated, all of Liechtenstein deleted. Pulled again")
  await world.postgres.exec(changes)
  await sleep(reconcileMs)
  tell(await pullAll(admin))

  console.log("\nQueried at the replica over HTTP, with the client's token: the ten largest cities of Brazil")
  const queriedAt = performance.now()
  const largest = await client.rows(
    "SELECT name, population FROM cities WHERE country = ? ORDER BY population DESC, id LIMIT 10",
    ["BR"],
  )
  const took = (performance.now() - queriedAt).toFixed(1)
  console.log(`  ${largest.map(([name, population]) => `${String(name)} ${count(Number(population))}`).join(", ")}`)
  console.log(`  in ${took} ms`)

  console.log("\nCompared, every value of every row, each side read by itself")
  const differences: Array<string> = []
  for (const table of comparedTables) {
    const comparison = await compareTable(world.postgres, client, table)
    differences.push(...comparison.differences)
    console.log(`  ${table.name.padEnd(10)} ${count(comparison.rows)} rows, ${count(comparison.values)} values`)
  }
  if (differences.length > 0) {
    console.error(`They differ:\n${differences.map((line) => `  ${line}`).join("\n")}`)
    return false
  }
  console.log("  no difference")
  return true
}

/** Tells the story, and with tenants that of their replicas. */
const tellAll = async (all: {
  readonly world: World
  readonly admin: Client
  readonly client: Client
  readonly url: URL
  readonly tenants: number
}): Promise<boolean> => {
  const { admin, client, tenants, world } = all
  if (!(await tellStory(world, admin, client))) return false
  if (tenants > 0 && !(await tellFleet({ ...all, pull: () => pullAll(admin) }))) return false
  console.log(
    `\nDone in ${seconds(startedAt)}. With --serve it stays, with a page that shows and steers it in a browser.`,
  )
  return true
}

await runCommand(async () => {
  const { values } = parseArgs({
    options: { serve: { type: "boolean", default: false }, tenants: { type: "string" } },
  })
  const tenants = tenantsOf(values.tenants)
  const ended = untilSignal()
  keepSignalsFromWorkerd()
  console.log("PostgreSQL: starting an embedded one and filling it with the cities of the world")
  const world = await startWorld()
  console.log(`  ${count(world.cities)} cities after ${seconds(startedAt)}`)
  const tokens = { admin: randomBytes(12).toString("base64url"), client: randomBytes(12).toString("base64url") }
  let isServed = false
  const served = await serve({
    bundle: bundlePath("postgres"),
    config: tenants === 0 ? config : { ...config, replicas },
    hasFleet: tenants > 0,
    adminToken: tokens.admin,
    clientToken: tokens.client,
    // The embedded PostgreSQL has one session for all: no run may come between.
    variables: {
      WORLD_URL: world.url,
      REPLICATION_ALARM: "off",
      REPLICA_TOKEN_SECRET: randomBytes(32).toString("base64url"),
    },
    // The story itself tells what its pulls did.
    onLog: (line) => {
      if (isServed || !line.includes('"level":"info"')) console.log(`  ${readable(line)}`)
    },
  })
  try {
    const admin = makeClient(served.url, tokens.admin)
    const same = await Promise.race([
      tellAll({ world, admin, client: makeClient(served.url, tokens.client), url: served.url, tenants }),
      ended.then(() => undefined),
    ])
    if (same !== true) process.exitCode = same === undefined ? 130 : 1
    else if (values.serve) {
      isServed = true
      await serveDemo({ world, served, tokens, ended })
    }
  } finally {
    await served.stop()
    await world.stop()
  }
})

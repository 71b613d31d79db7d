import { createInterface } from "node:readline/promises"
import { setTimeout as sleep } from "node:timers/promises"
import type { Served } from "./serve.ts"
import type { World } from "./world.ts"

/** Runs one piece of work after the other. */
const makeQueue = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }
}

const tickMillis = 1000

/** Leaves the demo running, and runs what is typed as SQL at the source, until `ended`. */
export const serveDemo = async (demo: {
  readonly world: World
  readonly served: Served
  readonly tokens: { readonly admin: string; readonly client: string }
  readonly ended: Promise<void>
}): Promise<void> => {
  const { ended, served, tokens, world } = demo
  // The embedded PostgreSQL has one session for all: what is typed must not come between the statements of a run.
  const queue = makeQueue()
  console.log(`
It goes on running, and pulls every two seconds. See and steer it in a browser:
  ${served.url.href}replicate/ui   admin token: ${tokens.admin}
Ask the replica, from another terminal:
  curl -H "Authorization: Bearer ${tokens.client}" -H "Content-Type: application/json" \\
    -d '{"sql": "SELECT * FROM cities WHERE name = ?", "params": ["Reykjavík"]}' ${served.url.href}query
  curl -H "Authorization: Bearer ${tokens.admin}" ${served.url.href}replicate/status
Change the source with SQL, typed or pasted here:
  UPDATE cities SET population = population + 1, updated_at = clock_timestamp() WHERE name = 'Reykjavík';
Ctrl+C stops it.`)
  const ending = new AbortController()
  const tick = async () => {
    while (!ending.signal.aborted) {
      await queue(served.scheduled)
      await sleep(tickMillis, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const ticked = tick()
  const lines = createInterface({ input: process.stdin })
  lines.on("line", (sql) => {
    if (sql.trim() === "") return
    queue(() => world.postgres.query(sql)).then(
      ({ affectedRows, rows }) => console.log(rows.length > 0 ? rows : `  ${affectedRows ?? 0} rows changed`),
      (error: unknown) => console.log(`  ${error instanceof Error ? error.message : String(error)}`),
    )
  })
  await ended
  lines.close()
  ending.abort()
  await ticked
}

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createApply } from "./apply.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { find, findStatement, type Found, toFound } from "./found.ts"
import { changes, freeze } from "./plan.ts"
import { prepare, type Prepared } from "./prepare.ts"
import { liveTarget } from "./replicaTable.ts"
import { makeRun } from "./run.ts"
import { columns, type StateRow, toStateRow } from "./stateRow.ts"
import { makeStateTables } from "./stateTables.ts"
import { isFree } from "./version.ts"
import {
  type BeginOptions,
  ConnectorError,
  formatTableName,
  type Plan,
  type SinkRun,
} from "@starbase-replication/core/sink"

/** Begins a run; see the Sink service. */
export const begin = Effect.fn("SinkSqlite.begin")(function* (
  database: Database,
  asked: Plan,
  options: BeginOptions & { readonly leaseMillis: number },
): Effect.fn.Return<SinkRun, ConnectorError> {
  const found = yield* find(database, asked.into, liveTarget(asked.into).view)
  if (!found.state) yield* makeStateTables(database)
  const now = yield* Clock.currentTimeMillis
  const token = crypto.randomUUID()
  const { leaseMillis } = options

  const stored = yield* read(database, asked.into)
  // A run that did not end may wake up again: the table is taken from it, or it still holds it.
  const isFresh = stored === undefined ? options.seen === undefined : isFree(stored) && stored.version === options.seen
  if (stored !== undefined && isFresh && !options.claim) {
    const plan = readyPlan(stored, asked, found, options.refresh)
    if (plan !== undefined) {
      const target = liveTarget(plan.into)
      return yield* makeRun(database, plan, { ...stored, target, leaseMillis, token, previous: stored.lease })
    }
  }

  const claimed = yield* claim(database, asked, token, now, now + leaseMillis)
  if (claimed === undefined) return yield* busy(asked)
  const prepared = yield* Effect.gen(function* () {
    const isSame = isFresh && claimed.stored === (stored?.stored ?? nothingStored)
    const current = isSame ? asked : yield* options.again
    // Another run may have changed what is there before the table was taken, or have taken it since.
    const look = findStatement(current.into, liveTarget(current.into).view)
    const held = toFound(yield* fenced(database, current.into, token)(look))
    const plan = readyPlan(claimed, current, held, options.refresh)
    const ready: Prepared =
      plan === undefined
        ? yield* prepare(database, current, { row: claimed, found: held, refresh: options.refresh, now, token })
        : { plan, position: claimed.position, target: liveTarget(plan.into) }
    return ready
  }).pipe(Effect.onError(() => Effect.ignore(release(database, asked.into, token))))
  return yield* makeRun(database, prepared.plan, { ...claimed, ...prepared, leaseMillis, token, previous: token })
})

/** What {@link StateRow} has as `stored` for a table of which nothing is known. */
const nothingStored = JSON.stringify([null, null, null, null])

/** The plan by which the replica can be pulled as it is, without anything to prepare. */
const readyPlan = (row: StateRow, asked: Plan, found: Found, refresh: boolean): Plan | undefined => {
  if (row.plan === undefined || row.next !== undefined || !found.replica || (refresh && row.isComplete))
    return undefined
  const plan = asked.drift === "freeze" ? (freeze(row.plan, asked) ?? asked) : asked
  const isSame = changes(row.plan, plan).length === 0
  return isSame && found.trigger === createApply(plan, liveTarget(plan.into)).trigger ? plan : undefined
}

const busy = (plan: Plan) =>
  Effect.fail(new ConnectorError({ code: "busy", message: `A run of "${plan.into}" is under way.` }))

const read = Effect.fnUntraced(function* (database: Database, into: string) {
  const [row] = yield* database.query(`SELECT ${columns} FROM tmp_replication_tables WHERE name = ?`, into)
  return row === undefined ? undefined : toStateRow(row)
})

/**
 * Takes the table, unless a run holds it. A lease that ends later than one that is given now was given before the clock
 * was set back, and holds nobody off.
 */
const claim = Effect.fnUntraced(function* (database: Database, plan: Plan, token: string, now: number, until: number) {
  const [row] = yield* database.query(
    `INSERT INTO tmp_replication_tables AS t (name, source, source_table, lease, lease_until)
      VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (name) DO UPDATE SET
        source = excluded.source, source_table = excluded.source_table,
        lease = excluded.lease, lease_until = excluded.lease_until, written = 0, deleted = 0
      WHERE NOT (t.lease_until > CAST(?6 AS INTEGER) AND t.lease_until <= CAST(?5 AS INTEGER))
      RETURNING ${columns}`,
    plan.into,
    plan.source,
    formatTableName(plan.table.name),
    token,
    until,
    now,
  )
  return row === undefined ? undefined : toStateRow(row)
})

const release = (database: Database, into: string, token: string) =>
  database.query(`UPDATE tmp_replication_tables SET lease_until = 0 WHERE name = ? AND lease = ?`, into, token)

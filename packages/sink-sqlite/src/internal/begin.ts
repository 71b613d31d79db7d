import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createApply } from "./apply.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { find, findBy, type Found } from "./found.ts"
import { changes, freeze } from "./plan.ts"
import { type Lease, takeTable } from "./hold.ts"
import { makeNext, prepare, type Prepared } from "./prepare.ts"
import { liveTarget } from "./replicaTable.ts"
import { makeRun } from "./run.ts"
import { fingerprintOf, isKnown, type StateRow, stateRow, storedOf } from "./stateRow.ts"
import { makeStore, open } from "./store.ts"
import { isFree, versionOf } from "./version.ts"
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
  if (!(yield* open(database, found))) yield* makeStore(database)
  const now = yield* Clock.currentTimeMillis
  const token = options.token ?? crypto.randomUUID()
  const { leaseMillis } = options
  const start = (row: StateRow, ready: Prepared, previous: string) => {
    const lease = { leaseMillis, token, previous }
    const again: SinkRun["renew"] = ({ refresh }) => renew(database, ready.plan, lease, refresh, start)
    return makeRun(database, { ...row, ...ready, ...lease, renew: again })
  }

  const stored = yield* read(database, asked.into)
  // A run that did not end may wake up again: the table is taken from it, or it still holds it.
  const isFresh =
    stored === undefined ? options.seen === undefined : isFree(stored) && versionOfRow(stored) === options.seen
  if (stored !== undefined && isFresh && !options.claim) {
    const ready = readyAsItIs(stored, asked, found, options.refresh)
    if (ready !== undefined) {
      return yield* start(stored, ready, stored.lease)
    }
  }

  const claimed = yield* claim(database, asked, token, now, now + leaseMillis)
  if (claimed === undefined) return yield* busy(asked)
  const prepared = yield* Effect.gen(function* () {
    const isSame = isFresh && fingerprintOf(claimed) === fingerprintOf(stored)
    const current = isSame ? asked : yield* options.again
    // Another run may have changed what is there before the table was taken, or have taken it since.
    const held = yield* findBy(fenced(database, current.into, token), current.into, liveTarget(current.into).view)
    const ready = readyAsItIs(claimed, current, held, options.refresh)
    const situation = { row: claimed, found: held, refresh: options.refresh, now, token }
    return ready ?? (yield* prepare(database, current, situation))
  }).pipe(Effect.onError(() => Effect.ignore(release(database, asked.into, token))))
  return yield* start(claimed, prepared, token)
})

/** Takes the table for a run, where it has not done so, and gives the run as it stands now; see `SinkRun.renew`. */
const renew = Effect.fnUntraced(function* (
  database: Database,
  plan: Plan,
  lease: Lease,
  refresh: boolean,
  start: (row: StateRow, ready: Prepared, previous: string) => Effect.Effect<SinkRun>,
): Effect.fn.Return<SinkRun, ConnectorError> {
  const { token } = lease
  const now = yield* Clock.currentTimeMillis
  const row = yield* takeTable(database, plan.into, lease)
  const change = fenced(database, plan.into, token)
  if (refresh) return yield* start(row, yield* makeNext(change, plan, row), token)
  const found = yield* findBy(change, plan.into, liveTarget(plan.into).view)
  return yield* start(row, yield* prepare(database, plan, { row, found, refresh, now, token }), token)
})

/** How the replica can be pulled as it is, without anything to prepare. */
const readyAsItIs = (row: StateRow, asked: Plan, found: Found, refresh: boolean): Prepared | undefined => {
  const made = row.plan?.value
  if (made === undefined || !isKnown(row) || row.nextPlan !== undefined || !found.hasReplica) return undefined
  if (refresh && row.isComplete) return undefined
  const plan = asked.drift === "freeze" ? (freeze(made, asked) ?? asked) : asked
  const target = liveTarget(plan.into)
  const isSame = changes(made, plan).length === 0 && found.trigger === createApply(plan, target).trigger
  return isSame ? { plan, target, stored: storedOf(row) } : undefined
}

const busy = (plan: Plan) =>
  Effect.fail(new ConnectorError({ code: "busy", message: `A run of "${plan.into}" is under way.` }))

const versionOfRow = (row: StateRow): string =>
  versionOf({ ...row, position: row.position?.text, nextPosition: row.nextPosition?.text })

const read = Effect.fnUntraced(function* (database: Database, into: string) {
  const rows = yield* database.query(`SELECT ${stateRow.select} FROM tmp_replication_tables WHERE name = ?`, into)
  return (yield* stateRow.decode(rows))[0]
})

/**
 * Takes the table, unless a run holds it. A lease that ends a lease's length after one that is given now was given before
 * the clock was set back, and holds nobody off. One that ends a little after it is another run's, which was quicker or
 * has a clock that is ahead.
 */
const claim = Effect.fnUntraced(function* (database: Database, plan: Plan, token: string, now: number, until: number) {
  const rows = yield* database.query(
    `INSERT INTO tmp_replication_tables AS t (name, source, source_table, lease, lease_until)
      VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (name) DO UPDATE SET
        source = excluded.source, source_table = excluded.source_table,
        lease = excluded.lease, lease_until = excluded.lease_until, written = 0, deleted = 0
      WHERE NOT (t.lease_until > CAST(?6 AS INTEGER) AND t.lease_until <= 2 * CAST(?5 AS INTEGER) - CAST(?6 AS INTEGER))
      RETURNING ${stateRow.select}`,
    plan.into,
    plan.source,
    formatTableName(plan.table.name),
    token,
    until,
    now,
  )
  return (yield* stateRow.decode(rows))[0]
})

const release = (database: Database, into: string, token: string) =>
  database.query(`UPDATE tmp_replication_tables SET lease_until = 0 WHERE name = ? AND lease = ?`, into, token)

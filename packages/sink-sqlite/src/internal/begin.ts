import { ConnectorError, formatTableName, type Plan, type SinkRun } from "@starbase-replication/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { adoptionProblems } from "./adopt.ts"
import { type Database, find, makeStateTables } from "./database.ts"
import { describePlan, planChanges } from "./plan.ts"
import { applyName, createApply, createReplica } from "./replicaTable.ts"
import { identifier } from "./quote.ts"
import { makeRun } from "./run.ts"

interface StateRow {
  readonly plan: string | undefined
  readonly position: string | undefined
  readonly lease: string
  readonly leaseUntil: number
  readonly reconciliation: string | undefined
  readonly reconciledAt: number | undefined
  readonly lastRunAt: number
  readonly isClean: boolean
}

const columns =
  "plan, position, lease, lease_until, last_run_at, error IS NULL AND more = 0, reconciliation, reconciled_at"

const toStateRow = (row: ReadonlyArray<unknown>): StateRow => ({
  plan: typeof row[0] === "string" ? row[0] : undefined,
  position: typeof row[1] === "string" ? row[1] : undefined,
  lease: String(row[2]),
  leaseUntil: Number(row[3]),
  lastRunAt: Number(row[4] ?? 0),
  isClean: row[5] === 1,
  reconciliation: typeof row[6] === "string" ? row[6] : undefined,
  reconciledAt: typeof row[7] === "number" ? row[7] : undefined,
})

/** Begins a run; see the Sink service. */
export const begin = Effect.fn("SinkSqlite.begin")(function* (
  database: Database,
  plan: Plan,
  options: { readonly claim: boolean; readonly leaseMillis: number },
): Effect.fn.Return<SinkRun, ConnectorError> {
  const apply = createApply(plan)
  const found = yield* find(database, plan.into, applyName(plan.into))
  if (!found.state) yield* makeStateTables(database)
  const now = yield* Clock.currentTimeMillis
  const token = crypto.randomUUID()
  const description = describePlan(plan)

  const stored = options.claim ? undefined : yield* read(database, plan.into)
  if (stored !== undefined && stored.leaseUntil > now) return yield* busy(plan)
  const isReady = (row: StateRow) => row.plan === description && found.replica && found.trigger === apply.trigger
  if (stored !== undefined && isReady(stored)) {
    return yield* makeRun(database, plan, {
      ...stored,
      leaseMillis: options.leaseMillis,
      token,
      previous: stored.lease,
    })
  }

  const claimed = yield* claim(database, plan, token, now, now + options.leaseMillis)
  if (claimed === undefined) return yield* busy(plan)
  const position = isReady(claimed)
    ? claimed.position
    : yield* prepare(database, plan, claimed, found.replica, found.trigger === apply.trigger).pipe(
        Effect.onError(() => Effect.ignore(release(database, plan.into, token))),
      )
  return yield* makeRun(database, plan, {
    ...claimed,
    leaseMillis: options.leaseMillis,
    token,
    previous: token,
    position,
  })
})

const busy = (plan: Plan) =>
  Effect.fail(new ConnectorError({ code: "busy", message: `A run of "${plan.into}" is under way.` }))

const read = Effect.fnUntraced(function* (database: Database, into: string) {
  const [row] = yield* database.query(`SELECT ${columns} FROM tmp_replication_tables WHERE name = ?`, into)
  return row === undefined ? undefined : toStateRow(row)
})

/** Takes the table, unless a run holds it. */
const claim = Effect.fnUntraced(function* (database: Database, plan: Plan, token: string, now: number, until: number) {
  const [row] = yield* database.query(
    `INSERT INTO tmp_replication_tables AS t (name, source, source_table, mode, lease, lease_until)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET
        source = excluded.source, source_table = excluded.source_table, mode = excluded.mode,
        lease = excluded.lease, lease_until = excluded.lease_until, written = 0, deleted = 0
      WHERE t.lease_until <= CAST(? AS INTEGER)
      RETURNING ${columns}`,
    plan.into,
    plan.source,
    formatTableName(plan.table.name),
    plan.cursor === undefined ? "full" : "incremental",
    token,
    until,
    now,
  )
  return row === undefined ? undefined : toStateRow(row)
})

const release = (database: Database, into: string, token: string) =>
  database.query(`UPDATE tmp_replication_tables SET lease_until = 0 WHERE name = ? AND lease = ?`, into, token)

/** Makes the replica table and its apply as the plan says, and gives the position that may be kept. */
const prepare = Effect.fnUntraced(function* (
  database: Database,
  plan: Plan,
  row: StateRow,
  isThere: boolean,
  isApplyCurrent: boolean,
): Effect.fn.Return<string | undefined, ConnectorError> {
  const description = describePlan(plan)
  const apply = createApply(plan)
  const changes = row.plan === undefined ? [] : planChanges(row.plan, description)
  if (row.plan === undefined && isThere) {
    if (!plan.adopt) {
      return yield* new ConnectorError({
        code: "table-not-ours",
        message: `The replica has a table "${plan.into}" that was not made by replication; it is left as it is.`,
      })
    }
    const problems = yield* adoptionProblems(database, plan)
    if (problems.length > 0) {
      return yield* new ConnectorError({
        code: "table-not-ours",
        message: `The table "${plan.into}" cannot be adopted: ${problems.join("; ")}.`,
        hint: "Change the table as the message says, or choose another `into`.",
      })
    }
  }
  if (isThere && changes.some((field) => field !== "cursor")) {
    return yield* new ConnectorError({
      code: "schema-changed",
      message: `The replica table "${plan.into}" was made from another ${changes.join(", ")} than today's.`,
    })
  }
  const position = isThere && changes.length === 0 && row.position !== undefined ? row.position : undefined
  yield* database.query(
    `UPDATE tmp_replication_tables SET plan = ?, position = ? WHERE name = ?`,
    description,
    position ?? null,
    plan.into,
  )
  yield* database.query(createReplica(plan))
  if (!isApplyCurrent) {
    yield* database.query(`DROP VIEW IF EXISTS ${identifier(applyName(plan.into))}`)
    yield* database.query(apply.view)
    yield* database.query(apply.trigger)
  }
  return position
})

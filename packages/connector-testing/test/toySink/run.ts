import type { Batch, ConnectorError, Outcome, Reject, Row, SinkRun } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import { held, leaseMillis, renewed, type Start } from "./begin.ts"
import { makeFindings, makeReplica } from "./comparing.ts"
import { type Data, keyText, type Meta, refuse, type Replica, type ToyStore } from "./store.ts"

export const tooLarge = 4_000_000

const replicaOf = (meta: Meta, { target }: Start): Replica => meta[target] ?? refuse("storage", "no replica")

/** A run of a table. */
export const makeRun = (store: ToyStore, start: Start): SinkRun => {
  const { plan, token, startedAt } = start
  let claimed = start.previous === token
  let rejected = 0
  /** How many rows a replica without a key was given, by which each of them is known. */
  let filled = 0
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  const keyOf = (row: Row) => keyAt.map((at) => row[at] ?? null)

  /** Renews the lease of a run that changes something. */
  const hold = (meta: Meta, now: number) => {
    if (meta.lease !== token) {
      meta.written = 0
      meta.deleted = 0
    }
    meta.lease = token
    meta.leaseUntil = now + leaseMillis
    claimed = true
  }

  const applyTo = (data: Data, batch: Batch, now: number): number => {
    const meta = held(data, start, now)
    const replica = replicaOf(meta, start)
    const table = data.tables.get(replica.table) ?? refuse("storage", "no table")
    const uniqueAt = plan.columns.findIndex(({ name }) => name === table.unique)
    const refusal = (row: Row): string | undefined => {
      if (row.join("").length > tooLarge) return "the row is too large"
      const twin = [...table.rows.values()].find(
        (other) => uniqueAt >= 0 && other[uniqueAt] === row[uniqueAt] && keyText(keyOf(other)) !== keyText(keyOf(row)),
      )
      return twin === undefined ? undefined : "another row has the same value"
    }
    const rejects: Array<Reject> =
      plan.whole === undefined
        ? [...batch.rejects]
        : batch.rejects.map((one, at) => ({ ...one, key: [String(meta.rejects.size + at)] }))
    let [written, deleted] = [0, 0]
    for (const [at, row] of batch.rows.entries()) {
      const reason = refusal(row)
      const key = plan.whole === undefined ? keyText(keyOf(row)) : String(filled + at)
      meta.rejects.delete(key)
      if (reason !== undefined) rejects.push({ key: keyOf(row), column: null, reason })
      else if (!isDeepStrictEqual(table.rows.get(key), row)) {
        table.rows.set(key, row)
        written += 1
      }
    }
    for (const key of batch.deletes) {
      if (table.rows.delete(keyText(key))) deleted += 1
      meta.rejects.delete(keyText(key))
    }
    for (const reject of rejects) meta.rejects.set(keyText(reject.key), reject)
    const { reconciliation, ranges, touched } = batch
    if (touched !== undefined) {
      if (written + deleted + rejects.length > 0) meta.ranges = touched
    } else if (ranges === undefined && batch.rows.length + batch.deletes.length > 0) meta.ranges = undefined
    else if (ranges !== "kept") meta.ranges = ranges ?? meta.ranges
    for (const key of reconciliation?.cleared ?? []) meta.suspects.delete(keyText(key))
    for (const key of reconciliation?.suspects ?? []) meta.suspects.set(keyText(key), key)
    if (typeof reconciliation?.state === "string") {
      meta.reconciliation = undefined
      if (reconciliation.state === "complete") meta.reconciledAt = now
      meta.suspects.clear()
    } else meta.reconciliation = reconciliation?.state ?? meta.reconciliation
    const isChanged =
      written + deleted + rejects.length > 0 || reconciliation !== undefined || typeof ranges === "object"
    if (isChanged || (batch.save && !isDeepStrictEqual(replica.position, batch.position))) {
      hold(meta, now)
      meta.written += written
      meta.deleted += deleted
      replica.position = batch.position
    } else if (meta.lease === token && meta.leaseUntil - now < leaseMillis / 2) meta.leaseUntil = now + leaseMillis
    return rejects.length
  }

  const note = (data: Data, outcome: Outcome, now: number) => {
    const meta = held(data, start, now)
    const { error, retry } = outcome
    const [written, deleted] = meta.lease === token ? [meta.written, meta.deleted] : [0, 0]
    if (written + deleted + rejected > 0 || error !== undefined) {
      const { read, pages, more } = outcome
      const counts = { read, written, deleted, rejected, pages, more, error }
      data.history.unshift({ table: plan.into, startedAt, endedAt: now, ...counts })
    }
    meta.leaseUntil = 0
    meta.lastRunAt = startedAt
    meta.lastSuccessAt = error === undefined ? now : meta.lastSuccessAt
    meta.syncedAt = outcome.syncedAt ?? meta.syncedAt
    meta.isComplete = meta.syncedAt !== undefined
    meta.more = outcome.more
    meta.errorSince = error === undefined ? undefined : (meta.errorSince ?? now)
    meta.error = error
    meta.failures = error === undefined ? 0 : meta.failures + 1
    meta.retryAt = retry?.at
    meta.blockedBy = retry?.blockedBy
  }

  const swap: Effect.Effect<void, ConnectorError> = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    store.step((data) => {
      const meta = held(data, start, now)
      const next = meta.next ?? refuse("storage", "no new replica")
      const table = data.tables.get(next.table) ?? refuse("storage", "no new table")
      data.tables.set(plan.into, table)
      data.tables.delete(next.table)
      meta.live = { ...next, table: plan.into }
      meta.next = undefined
      meta.ranges = undefined
      meta.reconciliation = undefined
    }),
  )

  const { reconciliation: stored } = start.meta
  const reconciliation = start.target === "live" || stored?.phase === "swap" ? stored : undefined
  return {
    plan,
    stored: { ...start.meta, position: start.meta[start.target]?.position, reconciliation },
    replica: makeReplica(store, start),
    findings: makeFindings(store, start, hold),
    ranges: Effect.sync(() => store.data.metas.get(plan.into)?.ranges),
    countFilled: Effect.sync(
      () =>
        store.data.tables.get(replicaOf(store.data.metas.get(plan.into) ?? start.meta, start).table)?.rows.size ?? 0,
    ),
    renew: ({ refresh }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.map(
          store.step((data) => renewed(data, start, refresh, now)),
          (next) => makeRun(store, next),
        ),
      ),
    swap: start.target === "next" ? swap : undefined,
    apply: (batch) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.map(
          store.step((data) => applyTo(data, batch, now)),
          (count) => {
            rejected += count
            filled += batch.rows.length
          },
        ),
      ),
    finish: (outcome) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const { lastRunAt = 0, error, more } = start.meta
        const isQuiet = outcome.error === undefined && !outcome.more && error === undefined && !more
        if (claimed || !isQuiet || now - lastRunAt >= leaseMillis) yield* store.step((data) => note(data, outcome, now))
        const meta = store.data.metas.get(plan.into)
        const [written, deleted] = meta?.lease === token ? [meta.written, meta.deleted] : [0, 0]
        return { written, deleted, rejected }
      }),
  }
}

import {
  type ConnectorError,
  type RunState,
  Sink,
  type SinkShape,
  type TableState,
} from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { begin } from "./begin.ts"
import { makeRun } from "./run.ts"
import { type Data, type Meta, newMeta, refuse, type ToyStore, versionOf } from "./store.ts"

const runOf = (table: string, meta: Meta, now: number): RunState => ({
  table,
  source: meta.source,
  sourceTable: meta.sourceTable,
  syncedAt: meta.syncedAt,
  version: versionOf(meta),
  position: meta.live?.position,
  ranged: meta.ranges !== undefined,
  reconciledAt: meta.reconciledAt,
  lastRunAt: meta.lastRunAt,
  running: meta.leaseUntil > now,
  more: meta.more,
  failures: meta.failures,
  retryAt: meta.retryAt,
  blockedBy: meta.blockedBy,
  paused: meta.paused,
})

const stateOf = (data: Data, table: string, meta: Meta, now: number): TableState => ({
  ...runOf(table, meta, now),
  rows: meta.live === undefined ? 0 : (data.tables.get(table)?.rows.size ?? 0),
  written: meta.written,
  deleted: meta.deleted,
  rejects: meta.rejects.size,
  rebuilding: meta.next !== undefined,
  drift: meta.drift,
  lastSuccessAt: meta.lastSuccessAt,
  reconciliation: meta.reconciliation,
  verifiedAt: meta.verifiedAt,
  differences: meta.differences.size,
  verifying: meta.verification !== undefined,
  error: meta.error,
  errorSince: meta.errorSince,
})

const makeSink = (store: ToyStore): SinkShape => {
  const each = <A>(of: (data: Data, table: string, meta: Meta, now: number) => A) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      [...store.data.metas].map(([table, meta]) => of(store.data, table, meta, now)),
    )
  const timed = <A>(change: (data: Data, now: number) => A): Effect.Effect<A, ConnectorError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => store.step((data) => change(data, now)))
  const free = (meta: Meta, now: number) =>
    meta.leaseUntil > now ? refuse("busy", "a run holds the table") : undefined

  return {
    begin: (plan, options) => Effect.map(begin(store, plan, options), (start) => makeRun(store, start)),
    ddl: ({ into, columns }) => `${into}: ${columns.map(({ name }) => name).join(", ")}`,
    runs: each((_, table, meta, now) => runOf(table, meta, now)),
    states: each(stateOf),
    confirm: (into) =>
      timed((data, now) => {
        const meta = data.metas.get(into)
        if (meta === undefined) return false
        free(meta, now)
        if (meta.reconciliation === undefined) return false
        meta.reconciliation = { ...meta.reconciliation, confirmed: true }
        return true
      }),
    fail: ({ into, source, sourceTable }, error, retry) =>
      timed((data, now) => {
        const meta = data.metas.get(into) ?? newMeta(source, sourceTable)
        data.metas.set(into, meta)
        if (meta.leaseUntil > now) return
        meta.error = error
        meta.errorSince ??= now
        meta.failures += 1
        meta.lastRunAt = now
        meta.retryAt = retry.at
        meta.blockedBy = retry.blockedBy
      }),
    sources: Effect.sync(() => [...store.data.sources.values()]),
    noteSource: (source, failure) =>
      timed((data, now) => {
        const known = data.sources.get(source)
        if (failure === undefined) data.sources.delete(source)
        else {
          const { errorSince = now, failures = 0 } = known ?? {}
          const { retryAt, error } = failure
          data.sources.set(source, { source, failures: failures + 1, retryAt, error, errorSince })
        }
      }),
    setPaused: (into, paused) =>
      timed((data) => {
        const meta = data.metas.get(into)
        if (meta === undefined) return false
        meta.paused = paused
        if (!paused) {
          meta.blockedBy = undefined
          meta.retryAt = undefined
        }
        return true
      }),
    history: ({ table, limit }) =>
      Effect.sync(() => store.data.history.filter((one) => table === undefined || one.table === table).slice(0, limit)),
    reset: (into) =>
      timed((data, now) => {
        const meta = data.metas.get(into)
        if (meta === undefined) return false
        free(meta, now)
        if (meta.live !== undefined) data.tables.delete(into)
        if (meta.next !== undefined) data.tables.delete(meta.next.table)
        data.metas.delete(into)
        return true
      }),
  }
}

/** Something that is done to a correct sink. */
export type Change = (sink: SinkShape, store: ToyStore) => SinkShape

/** A small sink that keeps to the whole contract, unless something is done to it. */
export const toySink = (store: ToyStore, change: Change = (sink) => sink): Layer.Layer<Sink> =>
  Layer.sync(Sink, () => Sink.of(change(makeSink(store), store)))

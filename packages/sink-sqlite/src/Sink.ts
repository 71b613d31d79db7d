import { Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Execute } from "./Execute.ts"
import { makeDatabase } from "./internal/database.ts"
import { begin } from "./internal/begin.ts"
import { confirm, fail, noteSource, reset, setPaused } from "./internal/operate.ts"
import { arrange } from "./internal/changes/arrange.ts"
import { withheld } from "./internal/changes/described.ts"
import { hubState } from "./internal/changes/state.ts"
import { beginLog } from "./internal/log/begin.ts"
import { forgetLog } from "./internal/log/forget.ts"
import { logStates } from "./internal/log/states.ts"
import { createReplica, liveTarget } from "./internal/replicaTable.ts"
import { history, runs, sources, states } from "./internal/states.ts"

/** Settings of the SQLite sink. */
export interface SinkOptions {
  /** Milliseconds for which a run holds its table after its last write; a run that died is waited for so long. */
  readonly leaseMillis?: number
}

/**
 * A sink over any SQLite that one function reaches. It keeps its own state in tables named `tmp_replication_…`, which it
 * makes when they are missing.
 */
export const layer = (execute: Execute, options: SinkOptions = {}): Layer.Layer<Sink> => {
  const database = makeDatabase(execute)
  const leaseMillis = options.leaseMillis ?? 60_000
  return Layer.effect(
    Sink,
    Effect.succeed({
      begin: (plan, how) => begin(database, plan, { ...how, leaseMillis }),
      ddl: (plan) => createReplica(plan, liveTarget(plan.into), []),
      runs: runs(database, leaseMillis),
      states: states(database, leaseMillis),
      confirm: (into) => confirm(database, into),
      fail: (table, error, retry) => fail(database, table, error, retry),
      sources: sources(database),
      noteSource: (source, failure) => noteSource(database, source, failure),
      setPaused: (into, paused) => setPaused(database, into, paused),
      history: (options) => history(database, options),
      reset: (into) => reset(database, into, leaseMillis),
      log: {
        begin: (source, how) => beginLog(database, source, how, leaseMillis),
        states: logStates(database),
        forget: (source) => forgetLog(database, source),
      },
      hub: {
        arrange: (wanted, changed) => arrange(database, wanted, changed),
        withheld,
        state: (wanted) => hubState(database, wanted),
      },
    }),
  )
}

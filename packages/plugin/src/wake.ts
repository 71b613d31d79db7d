import { readPastOf, type Stop, wake, type WakeUp } from "@starbase-replication/core/run"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { storeBilled } from "./internal/billed.ts"
import { tellRun } from "./internal/logs/tell.ts"
import { rememberLooks } from "./internal/looked.ts"
import { makeOpen } from "./internal/open.ts"
import { tellFailed } from "./internal/run.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
import { watched } from "./internal/watch.ts"
import type { ReplicationOptions } from "./ReplicationPlugin.ts"
import type { StarbaseDataSource } from "./Starbase.ts"

/**
 * Runs the tables that are due, for a driver that sets its own next wake-up: it also tells when that is, and what to
 * remember until then, which is JSON and is given as `memory` to the next one. Rejects with a `ConnectorError` where the
 * config is wrong or the replica's database cannot be read; a table's failure is in its result. Either is logged. Once
 * `stop` says so, pulls end at their next page, so that the process can end.
 */
export const wakeUp = (
  options: ReplicationOptions,
  dataSource: StarbaseDataSource,
  memory: unknown,
  stop?: Stop,
): Promise<WakeUp> => {
  mendAsyncResource()
  const woken = Effect.flatMap(makeOpen(options)(dataSource), ({ config, sink, log, instance }) =>
    Effect.flatMap(config, (decoded) => watched(wake(decoded, memory, stop), instance)).pipe(
      Effect.tap(({ memory: { ran }, results }) =>
        Effect.map(results.length === 0 ? Effect.undefined : Effect.flatMap(config, readPastOf), (stored) => {
          if (stored !== undefined) rememberLooks(stored, results, (table) => ran[table]?.from, instance)
        }),
      ),
      Effect.tap(({ results, sources }) => tellRun({ tables: results, sources })),
      Effect.tap(storeBilled(dataSource)),
      Effect.provide(sink),
      Effect.tapError(tellFailed),
      Effect.tapDefect((defect) => Effect.logError("defect", Cause.die(defect))),
      Effect.provide(log),
    ),
  )
  return Effect.runPromise(woken)
}

import { type Stop, wake, type WakeUp } from "@starbase-replication/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { log } from "./internal/logs/line.ts"
import { countSeen, isTold, omittedBefore } from "./internal/logs/sampling.ts"
import { makeRunner } from "./internal/run.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
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
  const { inSink, load, logged, withRunTime } = makeRunner(options)
  const woken = Effect.flatMap(load(dataSource), (config) =>
    inSink(dataSource, wake(withRunTime(config), memory, stop)),
  ).pipe(
    Effect.tapError(({ code, message }) => {
      const count = countSeen(`run.failed ${code} ${message}`)
      return isTold(count) ? log("error", "run.failed", { code, message, omitted: omittedBefore(count) }) : Effect.void
    }),
    Effect.tapDefect((defect) => Effect.logError("defect", Cause.die(defect))),
  )
  return Effect.runPromise(logged(dataSource, woken))
}

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Source } from "../source/Source.ts"
import { type Ahead, readAhead } from "../sync/Ahead.ts"
import type { InFlight } from "../sync/InFlight.ts"
import { resume } from "../sync/Sweep.ts"
import { isPast } from "../sync/Due.ts"
import type { TableSchema } from "../table/Table.ts"
import type { Past } from "./Scheduler.ts"
import { planTable } from "./TableRun.ts"

/** A table with what the source says of it. */
export interface Found {
  readonly table: TableConfig
  readonly schema: TableSchema | undefined
}

/** A table that is about to be run. */
export interface Ready {
  readonly table: TableConfig
  readonly planned: Result.Result<Plan, ConnectorError>
  /** What was read ahead of it. */
  readonly ahead: Ahead | undefined
  /**
   * Whether its run has no question left to ask, since nothing was committed or all was read ahead. It is over before
   * another one could get in its way, and takes the table with its first write, if it has one.
   */
  readonly isSoonOver: boolean
}

/** What is asked of a run, and what it knows. */
interface Asked {
  readonly past: Past
  readonly inFlight: InFlight | undefined
  readonly refresh: boolean
  readonly verify: object | undefined
}

/** Plans tables, and reads ahead what those have to read that go on from a stored position. */
export const makeReady = Effect.fnUntraced(function* (
  tables: ReadonlyArray<Found>,
  asked: Asked,
): Effect.fn.Return<ReadonlyArray<Ready>, never, Source> {
  const planned = yield* Effect.forEach(tables, ({ table, schema }) =>
    Effect.result(planTable(table, schema, asked.refresh ? undefined : asked.past.runs.get(table.into)?.position)),
  )
  const goingOn = planned.flatMap((one) => {
    if (Result.isFailure(one) || asked.refresh || one.success.mode === "full") return []
    // What is read whole is not read by pages that follow each other.
    if (one.success.whole !== undefined) return []
    const from = asked.past.runs.get(one.success.into)?.position
    return from === undefined ? [] : [{ plan: one.success, from }]
  })
  const read = yield* readAhead(goingOn, asked.inFlight)
  return yield* Effect.forEach(
    tables,
    Effect.fnUntraced(function* ({ table }, index) {
      const one = planned[index] ?? (yield* Effect.die("a table without a plan"))
      const ahead = Result.isFailure(one) ? undefined : read.find(({ plan }) => plan === one.success)
      const isSoonOver = Result.isSuccess(one) && (yield* hasNoQuestion(one.success, ahead, asked))
      return { table, planned: one, ahead, isSoonOver }
    }),
  )
})

const hasNoQuestion = Effect.fnUntraced(function* (plan: Plan, ahead: Ahead | undefined, asked: Asked) {
  const { inFlight, past, refresh, verify } = asked
  const state = past.runs.get(plan.into)
  const isAskedForMore = refresh || plan.mode === "full" || verify !== undefined || plan.verify !== undefined
  if (state?.position === undefined || state.more || isAskedForMore) return false
  if (
    plan.whole === undefined &&
    plan.deletes.kind === "reconcile" &&
    (yield* isPast(state.reconciledAt, plan.deletes.every))
  )
    return false
  if (ahead !== undefined) return true
  return resume(plan, state.position, yield* Clock.currentTimeMillis, inFlight).kind === "quiet"
})

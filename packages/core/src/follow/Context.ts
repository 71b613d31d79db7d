import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Following, LogTarget, SinkLogRun } from "../sink/LogSink.ts"
import type { LoggedTable, LogStanding, SourceLog } from "../source/Log.ts"
import { type Followed, follow } from "./Follow.ts"
import type { FedTarget } from "./Parts.ts"

/** A table that the log serves. */
export interface Served {
  readonly plan: Plan
  readonly logged: LoggedTable
}

/** What a run of a log works with, and what follows the log by now. */
export interface LogContext {
  readonly log: SourceLog
  readonly sink: SinkLogRun
  readonly state: Followed
  readonly served: ReadonlyMap<string, Served>
  readonly standing: () => LogStanding
  readonly find: (target: LogTarget) => Following | undefined
  readonly follow: (target: Omit<Following, "isWanting">, plan: Plan) => Effect.Effect<void, ConnectorError>
  readonly join: (target: Omit<Following, "isWanting">, plan: Plan) => Effect.Effect<void, ConnectorError>
  readonly leave: (target: LogTarget) => Effect.Effect<void, ConnectorError>
  readonly hasSwapped: (into: string) => void
  /** Applies what the log has by now, until the deadline. */
  readonly poll: Effect.Effect<void, ConnectorError>
  /** Whether rows of a target are to be looked up. */
  readonly isWanting: (target: LogTarget) => boolean
  readonly hasFound: (target: LogTarget) => void
}

/** What a context is made with. */
export interface ContextOptions {
  readonly log: SourceLog
  readonly sink: SinkLogRun
  readonly served: ReadonlyMap<string, Served>
  readonly standing: LogStanding
  readonly following: ReadonlyArray<Following>
  readonly state: Followed
  readonly deadline: number
  readonly isStopped: () => boolean
}

const textOf = ({ into, which }: LogTarget): string => `${which} ${into}`

export const makeContext = (options: ContextOptions): LogContext => {
  const { log, sink, served, state, deadline, isStopped } = options
  let standing = options.standing
  let isFresh = true
  const following = new Map(options.following.map((one) => [textOf(one), one]))
  const fed = new Map<string, FedTarget>()
  const feed = (target: Following, plan: Plan) =>
    fed.set(textOf(target), { target: { into: target.into, which: target.which }, plan, isWanting: target.isWanting })
  for (const target of options.following) {
    const plan = served.get(target.into)?.plan
    if (plan !== undefined) feed(target, plan)
  }

  const leave = (target: LogTarget) =>
    Effect.map(sink.leave(target), () => {
      following.delete(textOf(target))
      fed.delete(textOf(target))
    })

  return {
    log,
    sink,
    state,
    served,
    standing: () => standing,
    find: (target) => following.get(textOf(target)),
    join: (target, plan) =>
      Effect.map(sink.join(target, plan), () => {
        following.set(textOf(target), { ...target, isWanting: false })
        feed({ ...target, isWanting: false }, plan)
      }),
    follow: (target, plan) =>
      Effect.map(sink.follow(target, plan), () => {
        const isWanting = fed.get(textOf(target))?.isWanting ?? false
        following.set(textOf(target), { ...target, isWanting })
        feed({ ...target, isWanting }, plan)
      }),
    leave,
    hasSwapped: (into) => {
      const next = following.get(textOf({ into, which: "next" }))
      const plan = fed.get(textOf({ into, which: "next" }))?.plan
      following.delete(textOf({ into, which: "next" }))
      fed.delete(textOf({ into, which: "next" }))
      if (next === undefined || plan === undefined) return
      const live: Following = { ...next, which: "live", isWanting: false }
      following.set(textOf(live), live)
      feed(live, plan)
    },
    poll: Effect.gen(function* () {
      if (state.isUnsure) {
        state.more = true
        return
      }
      const plans = [...served.values()].map(({ plan }) => plan)
      if (!isFresh) standing = yield* log.standing(plans.map(({ table }) => table.name))
      isFresh = false
      const targets = plans.map(({ into }) =>
        (["live", "next"] as const).flatMap((which) => fed.get(textOf({ into, which })) ?? []),
      )
      // Rows are made by the plan of the target: a frozen replica has fewer columns than the source.
      const made = plans.map((plan, at) => targets[at]?.[0]?.plan ?? plan)
      yield* follow(log, sink, { plans: made, targets, leave }, { end: standing.end, deadline, isStopped }, state)
    }),
    isWanting: (target) => fed.get(textOf(target))?.isWanting ?? false,
    hasFound: (target) => {
      const one = fed.get(textOf(target))
      if (one !== undefined) one.isWanting = false
    },
  }
}

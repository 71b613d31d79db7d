import { type ConnectorError, Source, type SourceShape } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SourceFault } from "./Faults.ts"
import type { Turns } from "./Turns.ts"

/** What brings a fault about, and takes it back. */
export interface FaultMaker {
  readonly begin: (fault: SourceFault) => Promise<void>
  readonly end: (fault: SourceFault) => Promise<void>
}

/** A source whose calls wait for their turns and meet the faults that the history has for them. */
export const passSource = (
  inner: Layer.Layer<Source, ConnectorError>,
  turns: Turns,
  run: number,
  faultAt: (call: number) => SourceFault | undefined,
  maker: FaultMaker,
): Layer.Layer<Source, ConnectorError> => {
  let calls = 0
  const enter = (what: string) => Effect.promise((signal) => turns.enter({ run, side: "source", what }, signal))
  const faulty = <A>(fault: SourceFault, effect: Effect.Effect<A, ConnectorError>) =>
    Effect.acquireUseRelease(
      Effect.promise(() => maker.begin(fault)),
      () => effect,
      () => Effect.promise(() => maker.end(fault)),
    )
  const pass = <A>(what: string, effect: Effect.Effect<A, ConnectorError>): Effect.Effect<A, ConnectorError> =>
    Effect.suspend(() => {
      const fault = faultAt(calls++)
      const turn = Effect.flatMap(enter(what), (leave) =>
        Effect.ensuring(
          fault === undefined || fault.kind === "stall" ? effect : faulty(fault, effect),
          Effect.sync(leave),
        ),
      )
      if (fault?.kind !== "stall") return turn
      return Effect.flatMap(enter(what), (leave) => {
        turns.hold(run)
        leave()
        return turn
      })
    })
  const wrap = (source: SourceShape): SourceShape => {
    const { discoverWithTransactions, transactions, summarize } = source
    return {
      list: (schema) => pass("list", source.list(schema)),
      discover: (names) => pass("discover", source.discover(names)),
      read: (request) => pass("read", source.read(request)),
      lookup: (request) => pass("lookup", source.lookup(request)),
      highest: (table, column, where) => pass("highest", source.highest(table, column, where)),
      ...(transactions === undefined ? {} : { transactions: pass("transactions", transactions) }),
      ...(discoverWithTransactions === undefined
        ? {}
        : { discoverWithTransactions: (names) => pass("discover", discoverWithTransactions(names)) }),
      ...(summarize === undefined ? {} : { summarize: (request) => pass("summarize", summarize(request)) }),
    }
  }
  return Layer.effect(Source, Effect.map(Source, wrap)).pipe(Layer.provide(inner))
}

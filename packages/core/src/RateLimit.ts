import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { SourceLimits } from "./Config.ts"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Spending } from "./Budget.ts"
import { Source, type SourceShape } from "./Source.ts"

/** Counts the queries that are asked of a source, and spaces them as far apart as its limit wants. */
export const makeMeter = (limits: SourceLimits | undefined, spending: Spending) => {
  const gap = limits?.queriesPerSecond === undefined ? 0 : 1000 / limits.queriesPerSecond
  const turn = Semaphore.makeUnsafe(1)
  let next = 0
  const wait = Effect.gen(function* () {
    spending.queries += 1
    if (gap === 0) return
    const now = yield* Clock.currentTimeMillis
    yield* Effect.sleep(Math.max(0, next - now))
    next = Math.max(now, next) + gap
  }).pipe(turn.withPermit)
  const metered = <A>(query: Effect.Effect<A, ConnectorError>) => Effect.andThen(wait, query)

  /** The same source, metered. */
  return (source: SourceShape): SourceShape => {
    const { discoverWithTransactions, summarize, transactions } = source
    return Source.of({
      list: (schema) => metered(source.list(schema)),
      discover: (names) => metered(source.discover(names)),
      read: (request) => metered(source.read(request)),
      lookup: (request) => metered(source.lookup(request)),
      highest: (table, column, where) => metered(source.highest(table, column, where)),
      ...(summarize === undefined ? {} : { summarize: (request) => metered(summarize(request)) }),
      ...(transactions === undefined ? {} : { transactions: metered(transactions) }),
      ...(discoverWithTransactions === undefined
        ? {}
        : { discoverWithTransactions: (names) => metered(discoverWithTransactions(names)) }),
    })
  }
}

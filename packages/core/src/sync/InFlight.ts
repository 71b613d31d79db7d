import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Source } from "../source/Source.ts"
import type { Transactions } from "../source/Transactions.ts"
import type { TableName } from "../table/Table.ts"

/** The transactions in flight at a source, and a time at which they had not been asked for yet. */
export interface InFlight extends Transactions {
  readonly before: number
}

/** Asks which transactions are in flight, where the source can tell. */
export const askInFlight = Effect.gen(function* () {
  const source = yield* Source
  if (source.transactions === undefined) return undefined
  const before = yield* Clock.currentTimeMillis
  const inFlight: InFlight = { ...(yield* source.transactions), before }
  return inFlight
})

/** Describes tables and asks which transactions are in flight, at once where the source can. */
export const discover = Effect.fnUntraced(function* (names: ReadonlyArray<TableName>) {
  const source = yield* Source
  if (source.discoverWithTransactions === undefined) {
    const schemas = yield* source.discover(names)
    return { schemas, inFlight: yield* askInFlight }
  }
  const before = yield* Clock.currentTimeMillis
  const { tables, transactions } = yield* source.discoverWithTransactions(names)
  const inFlight: InFlight = { ...transactions, before }
  return { schemas: tables, inFlight }
})

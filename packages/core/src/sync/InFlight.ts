import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Source } from "../source/Source.ts"
import type { Transactions } from "../source/Transactions.ts"
import type { TableName, TableSchema } from "../table/Table.ts"

/** The transactions in flight at a source, and a time at which they had not been asked for yet. */
export interface InFlight extends Transactions {
  readonly before: number
}

/** Asks which transactions are in flight, where the source can tell. */
const askInFlight = Effect.gen(function* () {
  const source = yield* Source
  if (source.transactions === undefined) return undefined
  const before = yield* Clock.currentTimeMillis
  const inFlight: InFlight = { ...(yield* source.transactions), before }
  return inFlight
})

/** Asks it once more, and of a table that has parts which they are by now. */
export const askAgain = Effect.fnUntraced(function* ({ name, parts }: TableSchema) {
  if (parts === undefined) return { parts, inFlight: yield* askInFlight }
  const { tables, inFlight } = yield* describe([name])
  return { parts: tables[0]?.parts ?? [], inFlight }
})

/** Describes tables, with the transactions in flight then. */
export const describe = Effect.fnUntraced(function* (names: ReadonlyArray<TableName>) {
  const source = yield* Source
  const before = yield* Clock.currentTimeMillis
  const { tables, transactions } = yield* source.describe(names)
  const inFlight: InFlight | undefined = transactions && { ...transactions, before }
  return { tables, inFlight }
})

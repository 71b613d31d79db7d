import * as Effect from "effect/Effect"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"

/** About how many rows a load will read; asked where one begins or goes on, and of a whole table alone. */
export const estimateOf = Effect.fnUntraced(function* (
  { table, where }: Plan,
  { stored: { position }, swap }: SinkRun,
) {
  const source = yield* Source
  const isFirstScan = position?.sweep === "scan" && position.seen === undefined && position.scannedAt === undefined
  const isLoading = swap !== undefined || position === undefined || (isFirstScan && position.after !== null)
  if (source.estimate === undefined || where.length > 0 || !isLoading) return undefined
  return yield* Effect.orElseSucceed(source.estimate(table), () => undefined)
})

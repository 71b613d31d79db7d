import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { copiedIndexes, type Indexes, listedIndexes } from "../plan/Indexes.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"

/** The indexes that a plan's replica is to have; undefined where none are asked for, or the source cannot tell its own. */
export const indexesOf = Effect.fnUntraced(function* (
  plan: Plan,
): Effect.fn.Return<Indexes | undefined, ConnectorError, Source> {
  const { indexes, table } = plan
  if (indexes === undefined) return undefined
  if (indexes !== "copy") return { made: listedIndexes(plan, indexes), left: [] }
  const { structure } = yield* Source
  return structure === undefined ? undefined : copiedIndexes(plan, (yield* structure(table)).indexes)
})

/**
 * Makes the indexes of the replica that a run fills, and drops those of its own that are not wanted any more. The source's are
 * only asked for where `isChanged` says that it has brought something: to ask costs as much as to find that nothing is new.
 */
export const makeIndexes = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, isChanged: boolean) {
  if (run.index === undefined || plan.indexes === undefined || (plan.indexes === "copy" && !isChanged)) return
  const wanted = yield* indexesOf(plan)
  if (wanted !== undefined) yield* run.index(wanted.made)
})

/** What whoever has asked for a source's indexes should know: that it cannot tell them. */
export const indexCautions = Effect.fnUntraced(function* ({ indexes }: Plan) {
  const { structure } = yield* Source
  return indexes === "copy" && structure === undefined
    ? ["The source does not tell its indexes, so that none are copied; list those that you want in indexes."]
    : []
})

import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Batch } from "../sink/Batch.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { type Ranges, touched } from "../state/Ranges.ts"
import type { Row } from "../table/Table.ts"
import { hashedOf, placeIn } from "./RangeList.ts"
import { pickKey } from "./Rows.ts"

/**
 * Says for each batch of a pull what is still known of the ranges once its rows are applied, so that a row which comes by
 * the cursor costs the ranges of others nothing.
 */
export const makeTouched = (
  plan: Plan,
  run: SinkRun,
): ((rows: ReadonlyArray<Row>) => Effect.Effect<Pick<Batch, "touched">, ConnectorError>) => {
  const isKept = plan.digests && plan.cursor !== undefined && run.swap === undefined
  const keyOf = pickKey(plan)
  let known: { ranges: Ranges; readonly placeOf: ReturnType<typeof placeIn> } | undefined
  let isRead = false
  return Effect.fnUntraced(function* (rows) {
    if (!isKept || rows.length === 0) return {}
    if (!isRead) {
      const ranges = yield* run.ranges
      if (ranges?.of === hashedOf(plan)) known = { ranges, placeOf: placeIn(plan, ranges.list) }
      isRead = true
    }
    if (known === undefined) return {}
    const { placeOf } = known
    known.ranges = touched(known.ranges, new Set(rows.map((row) => placeOf(keyOf(row)))))
    return { touched: known.ranges }
  })
}

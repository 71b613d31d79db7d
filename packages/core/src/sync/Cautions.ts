import * as Effect from "effect/Effect"
import { cautionsOf } from "../plan/Cursor.ts"
import type { Plan } from "../plan/Plan.ts"
import { Source } from "../source/Source.ts"
import { indexCautions } from "./Indexing.ts"

/** What whoever has written a table's config should know of it, each in a sentence. */
export const cautionsAbout = Effect.fnUntraced(function* (plan: Plan) {
  return [...(yield* cautionsAboutCursor(plan)), ...(yield* indexCautions(plan))]
})

const cautionsAboutCursor = Effect.fnUntraced(function* ({ cursor, deletes, table }: Plan) {
  if (cursor === undefined) return []
  const { cautions } = yield* Source
  const told = cautions === undefined ? [] : yield* cautions(table, cursor)
  const isLookedFor = table.parts !== undefined || deletes.kind === "reconcile"
  const missed = isLookedFor
    ? "What it does not show comes an interval later."
    : "What it does not show is found by verify."
  return [...cautionsOf(cursor), ...told].map((caution) => `The cursor "${cursor.name}" ${caution}. ${missed}`)
})

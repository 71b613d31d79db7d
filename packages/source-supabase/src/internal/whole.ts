import {
  beyondBound,
  type ConnectorError,
  inOneAnswer,
  type Measure,
  type MeasureRequest,
  type Reading,
  tooLarge,
  type WholeRequest,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { charactersFor } from "./pace.ts"
import type { Pages } from "./pages.ts"
import { noProof } from "./rowSecurity.ts"
import type { Asked } from "./request.ts"
import type { Target } from "./target.ts"

/**
 * Reads a table whole: of one moment is one answer alone. It says itself how many rows there are, so that one which the API
 * has cut short is not taken for all of them. Rows that row level security hides would be gone from the replica.
 */
export const readInOneAnswer = Effect.fnUntraced(function* (
  pages: Pages,
  target: Target,
  { table, columns, where, most }: WholeRequest,
): Effect.fn.Return<Reading, ConnectorError> {
  if (!target.seesAllRows) {
    return yield* noProof(
      "Row level security may hide rows from this key, and a table without a key is replaced by what it sees",
    )
  }
  const answer = Effect.gen(function* () {
    const asked: Asked = { table, columns, where, order: [], limit: most.rows + 1, counts: true }
    const { rows, total, isWhole } = yield* pages.whole(asked, charactersFor(most.bytes))
    if (!isWhole) return yield* beyondBound(table, { rows: 0, bytes: most.bytes + 1 }, most)
    if (rows.length > most.rows || rows.length === total) return rows
    // The API answers with no more rows than its own setting allows.
    const told = total === undefined ? "does not say how many there are" : `says that there are ${total}`
    const found = `comes with ${rows.length} rows at once, of which the API ${told}`
    return yield* tooLarge(table, { found, raise: "raise the API's max rows" })
  })
  return inOneAnswer(answer)
})

/** Counts rows, or finds out whether there are more than so many, which costs no more than to pass that many by. */
export const measureRows = Effect.fnUntraced(function* (
  pages: Pages,
  { table, columns, where, lacking, most }: MeasureRequest,
): Effect.fn.Return<Measure, ConnectorError> {
  const first = columns.slice(0, 1)
  const asked: Asked = {
    table,
    columns: first,
    where,
    order: [],
    limit: 1,
    ...(lacking === undefined ? {} : { lacking }),
  }
  if (most === undefined) return { rows: (yield* pages.whole({ ...asked, counts: true }, 1)).total }
  const { rows } = yield* pages.whole({ ...asked, offset: most }, 1)
  return { rows: rows.length === 0 ? undefined : most + 1 }
})

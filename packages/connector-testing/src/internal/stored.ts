import type { Plan, Row } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { sameSet } from "./expect.ts"
import { type Bench, present } from "./sinkSubject.ts"

/** Goes on only where the replica holds exactly these rows. */
export const holds = Effect.fnUntraced(function* (
  { store }: Bench,
  plan: Plan,
  rows: ReadonlyArray<Row>,
  what: string,
) {
  const found = yield* Effect.promise(() => store.rows(plan))
  const there = yield* present(found, `${what}: there is no replica table.`)
  yield* sameSet(normal(plan, there), normal(plan, rows), what)
})

/** The position that the next run would go on from; the table is left as it was. */
export const storedPosition = Effect.fnUntraced(function* ({ ask }: Bench, plan: Plan) {
  const states = yield* ask((sink) => sink.states)
  return states.find(({ table }) => table === plan.into)?.position
})

/** Doubles may be spelled in more than one way. */
const normal = (plan: Plan, rows: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  rows.map((row) =>
    row.map((value, place) => {
      const column = plan.columns[place]
      const isReal = column !== undefined && (column.as ?? column.type) === "real"
      return value !== null && isReal ? String(Number(value)) : value
    }),
  )

import { type Row, Source, type TableSchema, type WholeRequest } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { broken, same, that } from "./expect.ts"
import { notOffered } from "./made.ts"

/** What a source has for tables without a key. */
export const abilities = Effect.gen(function* () {
  const { readWhole, measure } = yield* Source
  if (readWhole === undefined && measure === undefined) return yield* notOffered("the source reads no table whole")
  if (readWhole === undefined || measure === undefined)
    return yield* broken("Of readWhole and measure it has one alone.")
  return { readWhole, measure }
})

/** Asks for all columns of a table, in pages of any size. */
export const wholeOf = (table: TableSchema, more: Partial<WholeRequest> = {}): WholeRequest => ({
  table,
  columns: table.columns,
  where: [],
  hashed: false,
  pageRows: 1000,
  pageBytes: 700_000,
  most: { rows: 100_000, bytes: 100_000_000 },
  ...more,
})

/** Reads a table to its end, and calls `between` once the first page has come. */
export const readAll = Effect.fnUntraced(function* (request: WholeRequest, between: Effect.Effect<void> = Effect.void) {
  const { readWhole } = yield* abilities
  const rows: Array<Row> = []
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const { next } = yield* readWhole(request)
      for (let page = yield* next; page !== undefined; page = yield* next) {
        yield* that(page.length > 0, "A page has no rows.")
        if (rows.length === 0) yield* between
        rows.push(...page)
      }
      yield* same(yield* next, undefined, "Asked once more after the end.")
      return rows
    }),
  )
})

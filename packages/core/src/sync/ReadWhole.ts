import * as Effect from "effect/Effect"
import { spend } from "../config/Budget.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { readsMasked } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import { Source } from "../source/Source.ts"
import { beyondBound, type Bound, type Measure, type MeasureRequest } from "../source/Whole.ts"
import type { Position } from "../state/Position.ts"
import type { Filter } from "../table/Filter.ts"
import type { Column, Row, TableSchema } from "../table/Table.ts"
import { type Converted, makeConversion } from "./Conversion.ts"
import { pageBytes, type PullOptions, type Tally } from "./Pull.ts"
import { rowHash, wrap } from "./RowDigest.ts"
import { separator } from "./Rows.ts"

/** What a reading was of. */
export type Sum = NonNullable<Position["whole"]>

/** A plan of a table that is read whole, and how large that may be. */
export interface WholePlan extends Plan {
  readonly whole: Bound
}

export const isWhole = (plan: Plan): plan is WholePlan => plan.whole !== undefined

/** What a source has for tables without a key; no plan is made of one where it has nothing. */
const wholeReader = Effect.gen(function* () {
  const { readWhole, measure } = yield* Source
  if (readWhole === undefined || measure === undefined)
    return yield* Effect.die(new Error("the source reads no table whole"))
  return { readWhole, measure }
})

/** Measures a table, and fails where it is too large. */
export const measureWhole = Effect.fnUntraced(function* (
  { table, columns, where, whole: most }: WholePlan,
  asked: Pick<MeasureRequest, "weighed" | "digested" | "since">,
): Effect.fn.Return<Measure, ConnectorError, Source> {
  const { measure } = yield* wholeReader
  const measured = yield* measure({ table, columns, where, most: most.rows, ...asked })
  const { rows = 0, bytes = 0 } = measured
  if (rows > most.rows || bytes > most.bytes) return yield* beyondBound(table, { rows, bytes }, most)
  return measured
})

/** Reads a row of some columns, or none where there is none, which shows what a reading would meet. */
export const readAnyRow = Effect.fnUntraced(function* (
  table: TableSchema,
  columns: ReadonlyArray<Column>,
  where: ReadonlyArray<Filter>,
) {
  const { readWhole: begin } = yield* wholeReader
  const one = { table, columns, where, hashed: false, pageRows: 1, pageBytes: 1, most: { rows: 1, bytes: 1 } }
  yield* Effect.scoped(Effect.flatMap(begin(one), ({ next }) => next))
})

const lengthOf = (row: Row): number => row.reduce((sum, value) => sum + (value?.length ?? 0), 0)

/** Sums up pages of rows as the source gives them, and makes of each what the replica is given. */
const makeSumming = (plan: Plan, hashed: boolean) => {
  const hash = rowHash(plan)
  const convert = makeConversion(plan)
  const separate = separator(plan)
  const width = plan.columns.length
  let rows = 0
  let given = 0
  let bytes = 0
  let digest = 0n
  let told: bigint | undefined = hashed ? 0n : undefined
  return {
    take: (page: ReadonlyArray<Row>): Converted => {
      const values = hashed ? page.map((row) => row.slice(0, width)) : page
      given += page.length
      for (const row of values) bytes += lengthOf(row)
      if (hashed) {
        for (const row of page) {
          const own = row[width] ?? null
          told = told === undefined || own === null ? undefined : told + BigInt(`0x${own}`)
        }
      }
      const converted = convert(separate(values).live)
      for (const row of converted.rows) digest = wrap(digest + hash(row))
      rows += converted.rows.length
      return converted
    },
    size: (): Bound => ({ rows: given, bytes }),
    sum: (): Sum => ({
      rows,
      given,
      digest: String(digest),
      ...(told === undefined ? {} : { told: String(wrap(told)) }),
    }),
  }
}

/**
 * Reads a table whole, the next page being read while one is dealt with, and gives what it was; undefined where the
 * process is about to end. No budget cuts it short: a reading that is cut begins anew, and might never come to its end.
 */
export const readWhole = Effect.fn("Whole.read")(function* (
  plan: WholePlan,
  { share }: Pick<PullOptions, "share">,
  tally: Pick<Tally, "pages">,
  deal: (page: Converted, size: Bound) => Effect.Effect<void, ConnectorError>,
): Effect.fn.Return<Sum | undefined, ConnectorError, Source> {
  const source = yield* Source
  const { table, columns, where, batchSize, whole: most } = plan
  // A sum of hashes of values that are masked would tell of them.
  const hashed = source.digest !== undefined && !readsMasked(plan)
  const summing = makeSumming(plan, hashed)
  const { readWhole: begin } = yield* wholeReader
  const read = Effect.gen(function* () {
    const { next } = yield* begin({ table, columns, where, hashed, pageRows: batchSize, pageBytes, most })
    let page = yield* next
    while (page !== undefined) {
      const before = summing.size()
      const dealt = summing.take(page)
      const size = summing.size()
      if (size.rows > most.rows || size.bytes > most.bytes) return yield* beyondBound(table, size, most)
      tally.pages += 1
      spend(share, page.length, size.bytes - before.bytes)
      if (share.of.stop?.aborted === true) return undefined
      const [following] = yield* Effect.all([Effect.result(next), deal(dealt, size)], { concurrency: 2 })
      page = yield* Effect.fromResult(following)
    }
    return summing.sum()
  })
  return yield* Effect.scoped(read)
})

import {
  ConnectorError,
  type Measure,
  type MeasureRequest,
  type Reading,
  type Row,
  type WholeRequest,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Change, ToyShape } from "../toy/source.ts"
import type { Mutation } from "./change.ts"

/** A toy that reads whole tables in another way. */
const reads =
  (change: (readWhole: ToyShape["readWhole"], source: ToyShape) => ToyShape["readWhole"]): Change =>
  (source) => ({ ...source, readWhole: change(source.readWhole, source) })

/** A toy that gives other pages. */
const givesPages = (
  change: (page: ReadonlyArray<Row> | undefined, request: WholeRequest) => ReadonlyArray<Row> | undefined,
) =>
  reads(
    (readWhole) => (request) =>
      Effect.map(readWhole(request), ({ next }): Reading => ({
        next: Effect.map(next, (page) => change(page, request)),
      })),
  )

/** A toy that measures otherwise. */
const measures =
  (change: (request: MeasureRequest) => MeasureRequest, told: (found: Measure) => Measure = (found) => found): Change =>
  (source) => ({ ...source, measure: (request) => Effect.map(source.measure(change(request)), told) })

/** What is wrong with how whole tables are read. */
export const whole: ReadonlyArray<Mutation> = [
  {
    name: "gives equal rows once",
    change: givesPages((page) => page && [...new Map(page.map((row) => [JSON.stringify(row), row])).values()]),
    breaks: ["whole: equal rows and NULLs", "whole: values"],
  },
  {
    name: "gives another text than read",
    change: givesPages((page) => page?.map((row) => row.map((value) => value?.trim() ?? null))),
    breaks: ["whole: values"],
  },
  {
    name: "gives a page without rows of an empty table",
    change: reads(
      (readWhole) => (request) =>
        Effect.map(readWhole(request), ({ next }): Reading => {
          let isFirst = true
          const given = Effect.map(next, (page) => {
            const wasFirst = isFirst
            isFirst = false
            return page ?? (wasFirst ? [] : undefined)
          })
          return { next: given }
        }),
    ),
    breaks: ["whole: an empty table"],
  },
  {
    name: "reads each page as of its own moment",
    change: reads(
      (readWhole) => (request) =>
        Effect.sync((): Reading => {
          let at = 0
          const next = Effect.gen(function* () {
            const reading = yield* readWhole({ ...request, pageRows: 1_000_000 })
            const page = ((yield* reading.next) ?? []).slice(at, at + request.pageRows)
            at += request.pageRows
            return page.length === 0 ? undefined : page
          })
          return { next: Effect.scoped(next) }
        }),
    ),
    breaks: ["whole: one moment"],
  },
  {
    name: "ends where it may read no further",
    change: reads(
      (readWhole) => (request) => readWhole({ ...request, most: { ...request.most, rows: request.most.rows - 1 } }),
    ),
    breaks: ["whole: a bound"],
  },
  { name: "counts all rows", change: measures((request) => ({ ...request, where: [] })), breaks: ["whole: counts"] },
  {
    name: "counts rows in which all of the columns are NULL",
    change: measures(({ lacking, ...request }) =>
      lacking === undefined ? request : { ...request, lacking: lacking.slice(0, 1) },
    ),
    breaks: ["whole: counts"],
  },
  {
    name: "sums no more than a bit of each hash",
    change: measures(
      (request) => request,
      (found) => (found.digest === undefined ? found : { ...found, digest: String(BigInt(found.digest) & 1n) }),
    ),
    breaks: ["whole: digests"],
  },
  {
    name: "gives nothing more once a reading was left",
    change: reads((readWhole) => {
      let isLeft = false
      return (request) =>
        Effect.gen(function* () {
          if (isLeft) return yield* new ConnectorError({ code: "unreachable", message: "the cursor is open still" })
          const { next } = yield* readWhole(request)
          isLeft = true
          const given = Effect.tap(next, (page) =>
            Effect.sync(() => {
              isLeft = page !== undefined
            }),
          )
          return { next: given }
        })
    }),
    breaks: ["whole: a reading that is left"],
  },
]

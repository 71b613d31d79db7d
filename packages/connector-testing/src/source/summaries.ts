import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns, made, notOffered } from "../internal/made.ts"
import { samples } from "../internal/samples.ts"
import { summaryOf } from "../internal/summary.ts"
import { columnOf, describe, inRun, type Subject } from "../internal/subject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("summaries", docs.summaries)

const table = { name: "kit_summed", columns: columns({ id: "integer", v: "text" }), key: ["id"] }
const pairs = { name: "kit_summed_pairs", columns: columns({ a: "integer", b: "integer" }), key: ["a", "b"] }
const keys = samples.integer.values

export const summaries = [
  check(
    "ranges of integer keys",
    "summarize, where a source offers it, gives the count, the sum of the keys' remainders by 2^31-1 (which have the key's sign) and the sum of those of their squares, for the keys above after, up to and with until, that meet where.",
    Effect.gen(function* () {
      yield* made(
        table,
        keys.map((key, place) => [key, place % 4 === 0 ? "other" : "some"]),
      )
      const isOffered = yield* inRun(
        Effect.gen(function* () {
          const { summarize } = yield* Source
          if (summarize === undefined) return false
          const found = yield* describe(table)
          const key = [yield* columnOf(found, "id")]
          const where = [{ column: "v", op: "eq", value: "some" } as const]
          const ranges: ReadonlyArray<readonly [after: string | undefined, until: string, isFiltered: boolean]> = [
            [undefined, "9223372036854775807", false],
            [undefined, "9223372036854775807", true],
            ["-10", "9007199254740992", false],
            ["-10", "9007199254740992", true],
            ["-9223372036854775808", "0", false],
            ["2", "8", false],
            ["0", "0", false],
          ]
          for (const [after, until, isFiltered] of ranges) {
            const expected = keys.filter((key, place) => {
              if (isFiltered && place % 4 === 0) return false
              return (after === undefined || BigInt(key) > BigInt(after)) && BigInt(key) <= BigInt(until)
            })
            const summary = yield* summarize({
              table: found,
              where: isFiltered ? where : [],
              key,
              after: after === undefined ? undefined : [after],
              until: [until],
            })
            yield* same(
              summary,
              summaryOf(expected.map((one) => [one])),
              `The keys above ${after ?? "all"}, up to ${until}.`,
            )
          }
          return true
        }),
      )
      if (!isOffered) yield* notOffered("the source does not summarize")
    }),
  ),

  check(
    "ranges of keys of two columns",
    "summarize compares such keys column by column, and makes of them the numbers that KeySummary tells, or gives undefined.",
    Effect.gen(function* () {
      const rows = keys.slice(0, 12).flatMap((a) => ["-7", "0", "9223372036854775807"].map((b) => [a, b]))
      yield* made(pairs, rows)
      const isOffered = yield* inRun(
        Effect.gen(function* () {
          const { summarize } = yield* Source
          if (summarize === undefined) return false
          const found = yield* describe(pairs)
          const key = [yield* columnOf(found, "a"), yield* columnOf(found, "b")]
          for (const [from, to] of [
            [-1, rows.length - 1],
            [3, 17],
            [4, 5],
            [5, 5],
          ] as const) {
            const after = rows[from]
            const summary = yield* summarize({ table: found, where: [], key, after, until: rows[to] ?? [] })
            if (summary === undefined) return false
            yield* same(summary, summaryOf(rows.slice(from + 1, to + 1)), `The rows from ${from + 1} to ${to}.`)
          }
          return true
        }),
      )
      if (!isOffered) yield* notOffered("the source does not summarize keys of two columns")
    }),
  ),
]

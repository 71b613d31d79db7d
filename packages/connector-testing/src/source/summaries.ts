import { Source } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns, made, notOffered } from "../internal/made.ts"
import { samples } from "../internal/samples.ts"
import { columnOf, discover, inRun, type Subject } from "../internal/subject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("summaries", docs.summaries)

const table = { name: "kit_summed", columns: columns({ id: "integer", v: "text" }), key: ["id"] }
const keys = samples.integer.values
const modulus = 2n ** 31n - 1n

const summaryOf = (some: ReadonlyArray<string>) => {
  const rests = some.map((key) => BigInt(key) % modulus)
  const sum = (values: ReadonlyArray<bigint>) => String(values.reduce((total, value) => total + value, 0n))
  return { count: String(some.length), sum: sum(rests), squares: sum(rests.map((rest) => (rest * rest) % modulus)) }
}

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
          const found = yield* discover(table)
          const column = yield* columnOf(found, "id")
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
            const summary = yield* summarize({ table: found, where: isFiltered ? where : [], column, after, until })
            yield* same(summary, summaryOf(expected), `The keys above ${after ?? "all"}, up to ${until}.`)
          }
          return true
        }),
      )
      if (!isOffered) yield* notOffered("the source does not summarize")
    }),
  ),
]

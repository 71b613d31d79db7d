import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet } from "../internal/expect.ts"
import { allowed, columns } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { samples, shuffled } from "../internal/samples.ts"
import { columnOf, type Subject } from "../internal/subject.ts"
import { checkRows, shorten, valuesOf, walk } from "../internal/walk.ts"
import type { Kind } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("paging", docs.paging)

const kinds: ReadonlyArray<readonly [kind: Kind, extremes: string]> = [
  ["integer", "negative and beyond 2^53"],
  ["decimal", "of thirty digits"],
  ["real", "that differ in their last bit"],
  ["text", "with quotes, wildcards and emoji"],
  ["uuid", "in their own order"],
  ["binary", "empty and with every kind of byte"],
  ["date", "of four digits"],
  ["timestamp", "a microsecond apart"],
  ["timestamptz", "a microsecond apart"],
]

/** The values of a kind that the server can be given. */
const valuesFor = (kind: Kind) => {
  const { values, isOrdered } = samples[kind]
  return Effect.map(isOrdered ? Effect.succeed(values) : allowed("text", values), (some) => ({
    values: some,
    isOrdered,
  }))
}

/** A table with a key of each kind: read by it, looked up by it, filtered by it, and asked for its highest. */
export const keys = kinds.map(([kind, extremes]) =>
  check(
    `keys of the kind ${kind}`,
    `Keys of every type that has an order, ${extremes}, page without loss, in one order at every page size; the same values find the same rows in lookup and in where.`,
    Effect.gen(function* () {
      const { values, isOrdered } = yield* valuesFor(kind)
      const spec = { name: `kit_key_${kind}`.toLowerCase(), columns: columns({ k: kind, n: "integer" }), key: ["k"] }
      const stored = shuffled(values.map((value, n) => [value, String(n)]))
      yield* reading(
        spec,
        stored,
        Effect.fnUntraced(function* (table) {
          const source = yield* Source
          const all = (yield* walk({ table })).rows
          yield* sameSet(all, stored, "The rows, all in one page.")
          if (isOrdered) yield* same(valuesOf(table.columns, all, "k"), values, "The order of the keys.")
          for (const limit of [1, 2, 7]) {
            const { rows } = yield* walk({ table, limit })
            yield* same(rows, all, `Pages of ${limit} rows, against one page of all.`)
          }

          const found = yield* source.lookup({
            table,
            columns: table.columns,
            where: [],
            key: ["k"],
            keys: values.map((value) => [value]),
          })
          yield* checkRows(table.columns, found)
          yield* sameSet(found, stored, "The rows that lookup finds by the keys that read gave.")

          for (const [place, row] of all.entries()) {
            const value = row[0] ?? ""
            const one = yield* walk({ table, where: [{ column: "k", op: "eq", value }] })
            yield* same(one.rows, [row], `Where k is ${shorten(value)}.`)
            const more = yield* walk({ table, where: [{ column: "k", op: "gt", value }] })
            yield* same(
              more.rows,
              all.slice(place + 1),
              `Where k is above ${shorten(value)}, against the order of read.`,
            )
          }
          const highest = yield* source.highest(table, yield* columnOf(table, "k"), [])
          yield* same(highest, all.at(-1)?.[0], "The highest key, against the last in the order of read.")
        }),
      )
    }),
  ),
)

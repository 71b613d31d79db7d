import type { Batch, ColumnType, Key, KeySpan, Ranges } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet } from "../internal/expect.ts"
import { type Bench, bench, type SinkSubject, writingNothing } from "../internal/sinkSubject.ts"
import { batchOf, begin, finished, planOf, pull, simple } from "../plans.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("ranges", docs.ranges)

const ranges: Ranges = {
  version: 1,
  of: "id and name",
  list: [
    { until: ["5"], count: 2, digest: "0123456789abcdef" },
    { until: null, count: 1, digest: null },
  ],
  walk: {
    startedAt: 1,
    compared: 2,
    after: ["5"],
    isRead: false,
    read: [{ range: 1, count: 3, digest: null, keys: "0123456789abcdef" }],
    left: [0],
  },
}
const others: Ranges = { ...ranges, walk: null }
const rows = [
  ["1", "one"],
  ["9", "nine"],
]

const read = ({ use }: Bench, plan = simple) =>
  use(
    Effect.gen(function* () {
      const run = yield* begin(plan, { claim: false })
      const found = yield* run.ranges
      yield* run.finish(finished)
      return found
    }),
  )

const noting = (batch: Partial<Batch>) => pull(simple, batchOf(batch.rows ?? [], batch))

/** Keys of a type, ascending in the order of `compareKeys`. */
const orders: ReadonlyArray<readonly [type: ColumnType, keys: ReadonlyArray<string>]> = [
  ["integer", ["-9223372036854775808", "-10", "-9", "0", "9", "10", "9223372036854775807"]],
  ["unsigned", ["0", "9", "10", "9223372036854775807", "9223372036854775808", "18446744073709551615"]],
  ["real", ["-10.5", "-9.25", "0.1", "0.30000000000000004", "9.5", "10.5"]],
  ["text", ["", " ", "10", "9", "A", "a", "é", "\u{E000}", "\u{1F600}"]],
  ["decimal", ["-1.0", "10.0", "2.0"]],
  ["blob", ["", "00", "0000", "01", "ff"]],
  ["timestamptz", ["2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:00.000002Z"]],
]

const isBound = (value: string): boolean => !/^(?:9223372036854775808|18446744073709551615)$/.test(value)

export const rangeChecks = [
  check(
    "what ranges hold",
    "ranges gives what the last batch noted that had any. A batch with rows or deletes and without ranges forgets them, also where nothing changes; kept leaves them, and so does a batch of neither. Another table's are not touched.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(rows)))
      yield* made.use(pull(planOf({ id: "integer" }, { into: "other" }), batchOf([["1"]], { ranges: others })))
      yield* same(yield* read(made), undefined, "The ranges of a table that has noted none.")
      yield* made.use(noting({ ranges }))
      yield* same(yield* read(made), ranges, "The ranges that a batch of nothing else has noted.")
      yield* writingNothing(made, "Reading the ranges", read(made))
      yield* made.use(noting({ rows: [["2", "two"]], deletes: [["1"]], ranges: others }))
      yield* same(yield* read(made), others, "The ranges that a batch with rows has noted.")
      yield* made.use(noting({ rows: [["3", "three"]], deletes: [["2"]], ranges: "kept" }))
      yield* made.use(noting({ reconciliation: { state: "complete" } }))
      yield* same(
        yield* read(made),
        others,
        "The ranges after a batch that keeps them and one without rows or deletes.",
      )
      for (const batch of [{ rows: [["3", "three"]] }, { deletes: [["7"]] }]) {
        yield* made.use(noting(batch))
        yield* same(yield* read(made), undefined, "The ranges after a batch with rows or deletes and without ranges.")
        yield* made.use(noting({ ranges }))
      }
      const other = planOf({ id: "integer" }, { into: "other" })
      yield* same(yield* read(made, other), others, "The ranges of another table.")
    }),
  ),

  check(
    "what batches touch",
    "A batch with touched notes it where it inserts, changes or deletes a row or sets one aside; where nothing changes, what was known stays, and nothing is written.",
    Effect.gen(function* () {
      const made = yield* bench
      const changes: ReadonlyArray<Partial<Batch>> = [
        { rows: [["2", "two"]] },
        { rows: [["1", "other"]] },
        { deletes: [["1"]] },
        { rejects: [{ key: ["3"], column: "name", reason: "it does not fit" }] },
      ]
      for (const change of changes) {
        yield* made.use(pull(simple, batchOf(rows)))
        yield* made.use(noting({ ranges }))
        const again = made.use(
          Effect.gen(function* () {
            const run = yield* begin(simple, { claim: false })
            yield* run.apply(batchOf(rows, { touched: others, save: false }))
            yield* run.finish(finished)
          }),
        )
        yield* writingNothing(made, "A batch of rows that are there already, with touched", again)
        yield* same(yield* read(made), ranges, "The ranges after a batch that changed nothing.")
        yield* made.use(noting({ ...change, touched: others }))
        yield* same(
          yield* read(made),
          others,
          `The ranges after a batch of ${Object.keys(change).join()} with touched.`,
        )
      }
    }),
  ),

  check(
    "a replica that begins anew",
    "Ranges are forgotten where another cursor asks for a new scan, where a replica that was built anew takes the other's place, and with the table.",
    Effect.gen(function* () {
      const made = yield* bench
      const begun = Effect.andThen(pull(simple, batchOf(rows)), noting({ ranges }))
      yield* made.use(begun)
      const withCursor = { ...simple, cursor: simple.columns[1] }
      yield* made.use(pull(withCursor, batchOf([])))
      yield* same(yield* read(made, withCursor), undefined, "The ranges after another cursor was named.")
      yield* made.use(pull(withCursor, batchOf([], { ranges })))
      yield* made.use(
        Effect.gen(function* () {
          const run = yield* begin(withCursor, { refresh: true })
          yield* run.apply(batchOf([]))
          yield* run.swap ?? Effect.void
          yield* run.finish(finished)
        }),
      )
      yield* same(yield* read(made, withCursor), undefined, "The ranges after a swap.")
      yield* made.use(pull(withCursor, batchOf([], { ranges })))
      yield* made.ask((sink) => sink.reset("items"))
      yield* same(yield* read(made, withCursor), undefined, "The ranges of a table that was reset.")
    }),
  ),

  check(
    "counts of spans",
    "countWithin counts the rows above after, up to and with until, in the order of compareKeys, and names those that were set aside there, until they are deleted.",
    Effect.gen(function* () {
      const made = yield* bench
      const counts = Effect.fnUntraced(function* (
        plan: ReturnType<typeof planOf>,
        keys: ReadonlyArray<Key>,
        bounds: ReadonlyArray<Key>,
      ) {
        const aside = keys.filter((_, place) => place % 3 === 2)
        const there = keys.filter((_, place) => place % 3 !== 2)
        const rejects = aside.map((key) => ({ key, column: null, reason: "it does not fit" }))
        yield* made.use(
          pull(
            plan,
            batchOf(
              there.map((key) => [...key, "x"]),
              { rejects },
            ),
          ),
        )
        const run = yield* made.use(begin(plan))
        const ends = [undefined, ...bounds, undefined]
        for (const [from, after] of ends.slice(0, -1).entries()) {
          for (const until of ends.slice(from + 1)) {
            const span: KeySpan = { after, until }
            // A bound is one of the keys.
            const low = after === undefined ? 0 : keys.indexOf(after) + 1
            const high = until === undefined ? keys.length : keys.indexOf(until) + 1
            const some = new Set(keys.slice(low, high))
            const what = `The rows of ${plan.into} above ${JSON.stringify(after)}, up to ${JSON.stringify(until)}.`
            const counted = yield* made.use(run.replica.countWithin(span))
            yield* same(counted.rows, there.filter((key) => some.has(key)).length, what)
            const expected = aside.filter((key) => some.has(key))
            yield* sameSet(counted.setAside, expected, `${what} Those that were set aside.`)
          }
        }
        yield* made.use(run.apply(batchOf([], { deletes: aside })))
        const { setAside } = yield* made.use(run.replica.countWithin({ after: undefined, until: undefined }))
        yield* same(setAside, [], `The rows of ${plan.into} that were set aside, once they are deleted.`)
      })
      for (const [type, values] of orders) {
        const keys = values.map((value) => [value])
        const plan = planOf({ k: type, v: "text" }, { into: type })
        yield* counts(
          plan,
          keys,
          keys.filter(([value = ""]) => isBound(value)),
        )
      }
      const pairs = ["-10", "9", "10"].flatMap((a) => ["", "b", "é"].map((b) => [a, b]))
      yield* counts(planOf({ a: "integer", b: "text", v: "text" }, { into: "pairs", key: ["a", "b"] }), pairs, pairs)
    }),
  ),

  check(
    "the order of keys",
    "keys gives the keys of any type in the order of compareKeys, but for integers above int64, which may follow in any order.",
    Effect.gen(function* () {
      const made = yield* bench
      for (const [type, values] of orders) {
        const plan = planOf({ k: type, v: "text" }, { into: type })
        yield* made.use(pull(plan, batchOf(values.toReversed().map((value) => [value, "x"]))))
        const run = yield* made.use(begin(plan))
        const found: Array<Key> = []
        while (found.length <= values.length) {
          const page = yield* made.use(run.replica.keys(found.at(-1), 2))
          found.push(...page)
          if (page.length === 0) break
        }
        const bounds = values.filter(isBound)
        yield* same(
          found.slice(0, bounds.length),
          bounds.map((value) => [value]),
          `The keys of the type ${type}, two at a time.`,
        )
        yield* same(found.length, values.length, `How many keys of the type ${type} came.`)
      }
    }),
  ),
]

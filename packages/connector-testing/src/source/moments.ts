import { type Row, type Since, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { broken, same, that } from "../internal/expect.ts"
import { insert, made } from "../internal/made.ts"
import { range } from "../internal/samples.ts"
import { holdsSince, now } from "../internal/since.ts"
import { inRun, Subject } from "../internal/subject.ts"
import { kit, old } from "../internal/written.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("written since", docs.writtenSince)

export const moments = [
  check(
    "an older moment",
    "However long ago a moment was, all that was written after it comes; the lowest id that may be named is horizon, and without one any may.",
    Effect.gen(function* () {
      yield* made(kit)
      const first = yield* now(kit)
      for (const row of old) yield* insert(kit, [row])
      yield* holdsSince(kit, first.since, { needed: old, all: old }, "Since before the table was filled")
      const { transactions } = yield* now(kit)
      const lowest = { ...first.since, id: transactions.horizon ?? "0" }
      yield* holdsSince(kit, lowest, { needed: old, all: old }, "Since the lowest id that may be named")
    }),
  ),

  check(
    "a transaction that was open",
    "Rows of transactions that were in flight when the transactions were told, and that were committed later, are all among those that read gives with since and with the lowest id that may have been in flight: whenever in their transaction they were written, and however many later transactions ended before it.",
    Effect.gen(function* () {
      yield* made(kit)
      yield* now(kit)
      const begin = yield* offered((yield* Subject).begin)
      const opened = Effect.acquireRelease(Effect.promise(begin), ({ commit }) =>
        Effect.ignore(Effect.tryPromise(commit)),
      )
      const row = (id: number): Row => [String(id), "1", "late"]
      const write = (transaction: Effect.Success<typeof opened>, id: number) =>
        Effect.promise(() => transaction.insert(kit, [row(id)]))
      const long = yield* opened
      const short = yield* opened
      const idle = yield* opened
      yield* write(long, 1)
      yield* write(short, 2)
      yield* insert(kit, [row(3)])
      const before = yield* now(kit)
      yield* insert(kit, [row(4)])
      yield* write(long, 5)
      yield* write(short, 6)
      yield* write(idle, 7)
      const needs = (since: Since, needed: ReadonlyArray<number>, seen: ReadonlyArray<number>, what: string) =>
        holdsSince(kit, since, { needed: needed.map(row), all: seen.map(row) }, what)
      yield* needs(before.since, [4], [3, 4], "While the transactions are open")
      yield* Effect.promise(short.commit)
      yield* needs(before.since, [2, 4, 6], [2, 3, 4, 6], "Once one has ended")
      const between = yield* now(kit)
      yield* insert(kit, [row(8)])
      yield* Effect.promise(long.commit)
      yield* Effect.promise(idle.commit)
      const seen = range(8).map((n) => n + 1)
      yield* needs(before.since, [1, 2, 4, 5, 6, 7, 8], seen, "Once all have ended")
      yield* needs(between.since, [1, 5, 7, 8], seen, "Since a moment between their ends")
    }),
  ),

  check(
    "a moment after everything",
    "Where nothing was written since, or the table is empty, the pages come to an end like all others.",
    Effect.gen(function* () {
      yield* made(kit)
      yield* holdsSince(kit, (yield* now(kit)).since, { needed: [], all: [] }, "An empty table")
      yield* insert(kit, old)
      yield* holdsSince(kit, (yield* now(kit)).since, { needed: [], all: old }, "After all was written")
    }),
  ),

  check(
    "history and horizon",
    "history is a text that tells where the ids are from. While the source stays the same it does, run after run, whatever is written; describe and transactions tell the same. horizon, where there is one, is never above next.",
    Effect.gen(function* () {
      yield* made(kit)
      const before = yield* now(kit)
      yield* that(before.history.trim() !== "", "history is an empty text.")
      yield* insert(kit, old)
      const after = yield* now(kit)
      const asked = yield* inRun(
        Effect.gen(function* () {
          const { transactions } = yield* Source
          if (transactions === undefined) return yield* broken("describe tells of transactions that are not offered.")
          return yield* transactions
        }),
      )
      const told = [before.transactions, after.transactions, asked]
      yield* same(
        told.map(({ history }) => history),
        told.map(() => before.history),
        "history in three runs.",
      )
      for (const { horizon, next } of told) {
        const isBelow = horizon === undefined || BigInt(horizon) <= BigInt(next)
        yield* that(isBelow, `horizon is ${horizon}, and next ${next}.`)
      }
    }),
  ),
]

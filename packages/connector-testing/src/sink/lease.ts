import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, begin, finished, pull, simple, positionAt } from "../plans.ts"
import { bench, leaseMillis, type SinkSubject } from "../internal/sinkSubject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("lease", docs.lease)

const one = [["1", "one"]]

export const lease = [
  check(
    "one run at a time",
    "While a run holds a table, another one is told that it is busy, with and without a claim. Its end gives the table free. Other tables are not concerned.",
    Effect.gen(function* () {
      const made = yield* bench
      const run = yield* made.use(begin(simple))
      for (const claim of [true, false]) {
        yield* made.fails(`A second run, claim: ${claim}`, "busy", begin(simple, { claim }))
      }
      yield* made.use(pull({ ...simple, into: "others" }, batchOf(one)))
      yield* made.use(run.finish(finished))
      yield* made.use(pull(simple, batchOf(one)))
      yield* holds(made, simple, one, "The rows of the run after it.")
    }),
  ),

  check(
    "a run that died",
    "A run that writes no more is waited for until its lease has passed, and each write renews the lease.",
    Effect.gen(function* () {
      const made = yield* bench
      const run = yield* made.use(begin(simple))
      yield* made.wait(leaseMillis * 0.8)
      yield* made.use(run.apply(batchOf(one)))
      yield* made.wait(leaseMillis * 0.8)
      yield* made.fails("Another run, after a write that renews the lease", "busy", begin(simple))
      yield* made.wait(leaseMillis)
      const next = yield* made.use(begin(simple))
      yield* same(next.stored.position, positionAt(["1"]), "The position from which the next run goes on.")
      yield* made.use(next.finish(finished))
    }),
  ),

  check(
    "a plan that is older than the table",
    "A run whose plan was made before another run held the table, or while one did that died, holds the table first and then has it made again; where it cannot be made, the table is free. A plan as new as the table is taken as it is.",
    Effect.gen(function* () {
      const made = yield* bench
      const versionOf = Effect.map(
        made.ask((sink) => sink.runs),
        (runs) => runs.find(({ table }) => table === simple.into)?.version,
      )
      let asked = 0
      const again = Effect.suspend(() => {
        asked += 1
        return Effect.as(made.fails("Another run while the plan is made", "busy", begin(simple)), simple)
      }).pipe(Effect.orDie)
      yield* made.use(pull(simple, batchOf(one)))
      const older = yield* versionOf
      yield* made.use(pull(simple, batchOf([["2", "two"]])))
      for (const claim of [true, false]) {
        const run = yield* made.use(begin(simple, { claim, seen: older, again }))
        yield* made.use(run.finish(finished))
      }
      yield* same(asked, 2, "How often a plan was made again that is older than the table.")
      const run = yield* made.use(begin(simple, { again }))
      yield* same(asked, 2, "How often a plan was made again that is not.")
      const whileHeld = yield* versionOf
      yield* made.wait(leaseMillis + 1)
      const next = yield* made.use(begin(simple, { seen: whileHeld, again }))
      yield* same(asked, 3, "How often a plan was made again once a run had died that held the table.")
      yield* made.use(next.finish(finished))
      yield* made.fails("The run that died", "lease-lost", run.apply(batchOf([["3", "three"]])))
      const gone = Effect.fail(new ConnectorError({ code: "table-missing", message: "it is gone" }))
      yield* made.fails("A plan that cannot be made", "table-missing", begin(simple, { seen: older, again: gone }))
      yield* made.use(pull(simple, batchOf(one)))
    }),
  ),

  check(
    "a run whose table another has taken",
    "A run whose lease has passed and whose table another has taken can write no more: apply and finish fail with lease-lost, and leave rows and position alone.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(one)))
      const stale = yield* made.use(begin(simple))
      yield* made.wait(leaseMillis + 1)
      const winner = yield* made.use(begin(simple))
      yield* made.fails(
        "A batch of the stale run",
        "lease-lost",
        stale.apply(batchOf([["2", "stale"]], { deletes: [["1"]] })),
      )
      yield* holds(made, simple, one, "The rows after the stale run's batch.")
      yield* same(yield* storedPosition(made, simple), positionAt(["1"]), "The position after it.")
      yield* made.fails("The end of the stale run", "lease-lost", stale.finish(finished))
      yield* made.fails("A third run", "busy", begin(simple))
      yield* made.use(winner.apply(batchOf([["3", "three"]])))
      yield* made.use(winner.finish(finished))
      yield* holds(made, simple, [...one, ["3", "three"]], "The rows of the run that took the table.")
    }),
  ),

  check(
    "two runs without a claim",
    "Of two runs without a claim, the first one to change something has the table; the other one can change nothing.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(one)))
      const first = yield* made.use(begin(simple, { claim: false }))
      const second = yield* made.use(begin(simple, { claim: false }))
      yield* made.use(first.apply(batchOf([["2", "first"]])))
      yield* made.fails("A change by the second one", "lease-lost", second.apply(batchOf([["2", "second"]])))
      yield* made.fails("A third run", "busy", begin(simple, { claim: false }))
      yield* made.use(first.apply(batchOf([["3", "first"]])))
      const counts = yield* made.use(first.finish(finished))
      yield* same(counts, { written: 2, deleted: 0, rejected: 0 }, "What the first one has changed.")
      yield* holds(made, simple, [...one, ["2", "first"], ["3", "first"]], "The rows after both.")
    }),
  ),
]

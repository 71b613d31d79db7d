import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, that } from "../internal/expect.ts"
import { holds } from "../internal/stored.ts"
import { batchOf, begin, finished, positionAt, pull, simple } from "../plans.ts"
import { type Bench, bench, leaseMillis, type SinkSubject } from "../internal/sinkSubject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("states", docs.states)

const one = [["1", "one"]]
const error = new ConnectorError({ code: "unreachable", message: "no route" }).describe()
const failed = { ...finished, syncedAt: undefined, error, retry: { at: 5 } }

/** The fields of a value that are among those of another. */
const like = <A extends object>(value: A | undefined, pattern: Partial<A>): Partial<A> =>
  Object.fromEntries(Object.keys(pattern).map((name) => [name, value?.[name as keyof A]])) as Partial<A>

const stateOf = ({ ask }: Bench, into = simple.into) =>
  Effect.map(
    ask((sink) => sink.states),
    (states) => states.find(({ table }) => table === into),
  )

const runOf = ({ ask }: Bench, into = simple.into) =>
  Effect.map(
    ask((sink) => sink.runs),
    (runs) => runs.find(({ table }) => table === into),
  )

export const states = [
  check(
    "before the first run",
    "An empty store knows no tables, no runs, no sources and no history, and to ask for them makes nothing.",
    Effect.gen(function* () {
      const { ask } = yield* bench
      const all = yield* ask((sink) =>
        Effect.all([sink.states, sink.runs, sink.sources, sink.history({ table: undefined, limit: 10 })]),
      )
      yield* same(all, [[], [], [], []], "States, runs, sources and history.")
      yield* same(yield* ask((sink) => sink.confirm("items")), false, "Whether there is something to confirm.")
      yield* same(yield* ask((sink) => sink.setPaused("items", true)), false, "Whether a table can be paused.")
      yield* same(yield* ask((sink) => sink.reset("items")), false, "Whether there is something to forget.")
    }),
  ),

  check(
    "while a run is under way, and after it",
    "states and runs tell where each table stands: whether a run holds it, when it last ran, its rows, its position, and the moment up to which it holds everything.",
    Effect.gen(function* () {
      const made = yield* bench
      const startedAt = yield* made.now
      const run = yield* made.use(begin(simple))
      yield* same((yield* runOf(made))?.running, true, "Whether the run is under way.")
      yield* made.wait(1000)
      yield* made.use(run.apply(batchOf(one)))
      yield* made.use(run.finish({ ...finished, read: 1, syncedAt: 7 }))
      const expected = {
        table: "items",
        source: "shop",
        sourceTable: "public.items",
        position: positionAt(["1"]),
        rows: 1,
        rejects: 0,
        rebuilding: false,
        running: false,
        more: false,
        failures: 0,
        paused: false,
        lastRunAt: startedAt,
        lastSuccessAt: startedAt + 1000,
        syncedAt: 7,
        error: undefined,
      } as const
      yield* same(like(yield* stateOf(made), expected), expected, "The state of the table after the run.")
      const { source, sourceTable } = expected
      const ran = {
        table: "items",
        source,
        sourceTable,
        syncedAt: 7,
        lastRunAt: startedAt,
        running: false,
        failures: 0,
      }
      const noted = yield* runOf(made)
      yield* same(like(noted, ran), ran, "The table among the runs.")
      yield* same((yield* runOf(made))?.version, noted?.version, "The version, while no run notes anything.")
      yield* made.use(pull(simple, batchOf([["2", "y"]])))
      yield* same((yield* runOf(made))?.version === noted?.version, false, "Whether the version outlives another run.")
    }),
  ),

  check(
    "failures",
    "A failed run is noted with its error, since when and how often, and when it is tried again; the next one that does not fail clears it. What the replica held stays known.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(one)))
      yield* made.wait(1000)
      const since = yield* made.now
      for (const failures of [0, 1]) {
        const run = yield* made.use(begin(simple))
        yield* same(run.stored.failures, failures, "How many runs had failed before.")
        yield* made.use(run.finish(failed))
        yield* made.wait(1000)
      }
      const expected = { error, errorSince: since, failures: 2, syncedAt: 1, rows: 1, retryAt: 5, blockedBy: undefined }
      yield* same(like(yield* stateOf(made), expected), expected, "The state after two failures.")
      const run = yield* made.use(begin(simple))
      yield* made.use(run.finish({ ...failed, retry: { blockedBy: "fingerprint" } }))
      const blocked = { retryAt: undefined, blockedBy: "fingerprint", failures: 3 }
      yield* same(like(yield* runOf(made), blocked), blocked, "The table among the runs, once it failed for good.")
      const probed = { at: 7, blockedBy: "fingerprint" }
      yield* made.use(Effect.flatMap(begin(simple), ({ finish }) => finish({ ...failed, retry: probed })))
      const both = { retryAt: 7, blockedBy: "fingerprint", failures: 4 }
      yield* same(like(yield* runOf(made), both), both, "The table among the runs, with a time and a config.")
      yield* made.use(pull(simple, batchOf(one)))
      const cleared = { error: undefined, errorSince: undefined, failures: 0, retryAt: undefined, blockedBy: undefined }
      yield* same(like(yield* stateOf(made), cleared), cleared, "The state after a run that did not fail.")
    }),
  ),

  check(
    "a run that could not begin",
    "The failure of a table whose run could not begin is noted, also of one that is not known yet, and no replica table is made for it.",
    Effect.gen(function* () {
      const made = yield* bench
      const table = { into: "items", source: "shop", sourceTable: "public.items" }
      yield* made.ask((sink) => sink.fail(table, error, { at: 5 }))
      yield* made.ask((sink) => sink.fail(table, error, { at: 6 }))
      const expected = { table: "items", source: "shop", rows: 0, error, failures: 2, retryAt: 6, position: undefined }
      yield* same(like(yield* stateOf(made), expected), expected, "The state of the table.")
      yield* same(yield* Effect.promise(() => made.store.rows(simple)), undefined, "The replica table.")
    }),
  ),

  check(
    "pauses",
    "A table can be paused, and resumed; it then forgets that it had failed for good.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(one)))
      const run = yield* made.use(begin(simple))
      yield* made.use(run.finish({ ...failed, retry: { blockedBy: "fingerprint" } }))
      yield* same(yield* made.ask((sink) => sink.setPaused("items", true)), true, "Whether the table is known.")
      yield* same((yield* runOf(made))?.paused, true, "Whether it is paused.")
      yield* made.ask((sink) => sink.setPaused("items", false))
      const resumed = { paused: false, blockedBy: undefined, retryAt: undefined }
      yield* same(like(yield* runOf(made), resumed), resumed, "The table among the runs, once it is resumed.")
      yield* same(yield* made.ask((sink) => sink.setPaused("gone", true)), false, "Whether an unknown table is known.")
    }),
  ),

  check(
    "sources",
    "A source that failed as a whole is noted with its error and when it is tried again, until it does again.",
    Effect.gen(function* () {
      const made = yield* bench
      const since = yield* made.now
      for (const retryAt of [5, 6]) {
        yield* made.ask((sink) => sink.noteSource("shop", { error, retryAt }))
        yield* made.wait(1000)
      }
      const expected = [{ source: "shop", failures: 2, retryAt: 6, error, errorSince: since }]
      yield* same(yield* made.ask((sink) => sink.sources), expected, "The sources that failed.")
      yield* made.ask((sink) => sink.noteSource("shop", undefined))
      yield* same(yield* made.ask((sink) => sink.sources), [], "The sources that failed, once it does again.")
    }),
  ),

  check(
    "history",
    "Runs that changed something or failed are kept, the newest first, and can be asked for by table; runs that found nothing are not kept.",
    Effect.gen(function* () {
      const made = yield* bench
      const others = { ...simple, into: "others" }
      yield* made.use(pull(simple, batchOf(one)))
      yield* made.wait(1000)
      yield* made.use(pull(simple, batchOf(one), { claim: false }))
      yield* made.use(pull(others, batchOf([...one, ["2", "two"]])))
      yield* made.wait(1000)
      const run = yield* made.use(begin(simple))
      yield* made.use(run.finish(failed))
      const ask = (table: string | undefined, limit: number) =>
        Effect.map(
          made.ask((sink) => sink.history({ table, limit })),
          (entries) => entries.map((entry) => `${entry.table} ${entry.written} ${entry.error?.code ?? "ok"}`),
        )
      yield* same(yield* ask(undefined, 10), ["items 0 unreachable", "others 2 ok", "items 1 ok"], "All of it.")
      yield* same(yield* ask("items", 1), ["items 0 unreachable"], "The last one of a table.")
      yield* same(yield* ask("gone", 10), [], "Those of a table that is not known.")
    }),
  ),

  check(
    "reset",
    "A reset drops the replica table and all that is known of it, so that the next run begins anew; it is refused while a run holds the table, and concerns no other table.",
    Effect.gen(function* () {
      const made = yield* bench
      const others = { ...simple, into: "others" }
      yield* made.use(pull(simple, batchOf(one)))
      yield* made.use(pull(others, batchOf(one)))
      const run = yield* made.use(begin(simple))
      const refused = yield* Effect.result(made.ask((sink) => sink.reset("items")))
      yield* that(
        refused._tag === "Failure" && refused.failure.code === "busy",
        "A reset while a run holds the table is not refused as busy.",
      )
      yield* made.use(run.finish(finished))
      yield* same(yield* made.ask((sink) => sink.reset("items")), true, "Whether the table was known.")
      yield* same(yield* Effect.promise(() => made.store.rows(simple)), undefined, "The replica table after it.")
      yield* same(yield* stateOf(made), undefined, "What is known of the table after it.")
      yield* holds(made, others, one, "Another table after it.")
      const next = yield* made.use(begin(simple))
      yield* same(next.stored.position, undefined, "The position of the next run.")
      yield* made.use(next.apply(batchOf([["2", "two"]])))
      yield* holds(made, simple, [["2", "two"]], "The rows of the next run.")
    }),
  ),

  check(
    "a run that died holds nothing for ever",
    "A table whose run died is shown as running until its lease has passed, and can then be reset.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(begin(simple))
      yield* same((yield* runOf(made))?.running, true, "Whether the run is under way.")
      yield* made.wait(leaseMillis + 1)
      yield* same((yield* runOf(made))?.running, false, "Whether it is, once the lease has passed.")
      yield* made.ask((sink) => sink.reset("items"))
      yield* same(yield* stateOf(made), undefined, "What is known of the table after a reset.")
    }),
  ),
]

import type { Differing, Key, Verification } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet } from "../internal/expect.ts"
import { holds } from "../internal/stored.ts"
import { batchOf, begin, finished, planColumn, planOf, positionAt, pull, simple } from "../plans.ts"
import { samples } from "../internal/samples.ts"
import { type Bench, bench, type SinkSubject } from "../internal/sinkSubject.ts"
import { summaryOf } from "../internal/summary.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("comparing", docs.comparing)

const uuids = [
  "00000000-0000-0000-0000-000000000000",
  "0b0e7f5a-7a5e-4f0e-9a9e-0123456789ab",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
]
const integers = samples.integer.values

const summarized = (keys: ReadonlyArray<Key>) => ({ ...summaryOf(keys), last: keys.at(-1) })

/** Differing rows as texts, in whatever order their fields are. */
const described = (rows: ReadonlyArray<Differing | undefined>) =>
  rows.map((row) => `${row?.kind} ${row?.key.join(",")}`)

/** A table of the given keys, and a run of it. */
const runWith = Effect.fnUntraced(function* (made: Bench, keys: ReadonlyArray<string>) {
  yield* made.use(pull(simple, batchOf(keys.map((key) => [key, "x"]))))
  return yield* made.use(begin(simple))
})

/** What statements over SQL and JSON are likely to name. */
const hostile = (
  "value key type atom id rows name n k0 c0 p0 t r given mine keys summary place text part piece excluded new old " +
  "json_each main rowid token now until deletes position lease written changes true null"
).split(" ")

const verification: Verification = {
  version: 1,
  phase: "rows",
  after: ["9007199254740993"],
  startedAt: 1,
  checked: 2,
  repair: false,
  repaired: 0,
}

const reconciliation = {
  version: 1,
  phase: "search",
  after: ["5"],
  startedAt: 1,
  rows: 10,
  suspects: 2,
  confirmed: false,
} as const

export const comparing = [
  check(
    "keys",
    "keys gives the replica's keys page by page, each once and as the source printed it, from any key on; countRows counts them.",
    Effect.gen(function* () {
      const plan = planOf({ a: "text", b: "integer", c: "blob", v: "text" }, { key: ["a", "b", "c"] })
      const all = ["", "a", "é", "\u{1F600}"].flatMap((a) =>
        ["-9223372036854775808", "10", "9", "9007199254740993"].flatMap((b) => ["", "00ff"].map((c) => [a, b, c])),
      )
      const made = yield* bench
      yield* made.use(pull(plan, batchOf(all.map((key) => [...key, "x"]))))
      const run = yield* made.use(begin(plan))
      yield* same(yield* made.use(run.replica.countRows), all.length, "How many rows there are.")
      for (const limit of [1, 7, 1000]) {
        const found: Array<Key> = []
        while (true) {
          const page = yield* made.use(run.replica.keys(found.at(-1), limit))
          found.push(...page)
          if (page.length === 0 || found.length > all.length) break
        }
        yield* sameSet(found, all, `All keys, ${limit} at a time.`)
      }
    }),
  ),

  check(
    "summaries",
    "summarize sums up the next keys of integers and UUIDs as a source does, and says which was the last; undefined where none follow.",
    Effect.gen(function* () {
      const made = yield* bench
      const run = yield* runWith(made, integers)
      const ask = (after: string | undefined, limit: number) =>
        made.use(run.replica.summarize(after === undefined ? undefined : [after], limit))
      const keys = integers.map((key) => [key])
      yield* same(yield* ask(undefined, 1000), summarized(keys), "All keys.")
      yield* same(yield* ask("-10", 5), summarized(keys.slice(3, 8)), "Five keys after -10.")
      yield* same(yield* ask("9223372036854775807", 5), undefined, "The keys after the highest.")

      const plan = planOf([planColumn("id", "integer"), { ...planColumn("u", "text"), sourceType: "uuid" }], {
        into: "pairs",
        key: ["id", "u"],
      })
      const pairs = integers.slice(0, 9).flatMap((id) => uuids.map((uuid) => [id, uuid]))
      yield* made.use(pull(plan, batchOf(pairs)))
      const paired = yield* made.use(begin(plan))
      yield* same(
        yield* made.use(paired.replica.summarize(undefined, 1000)),
        summarized(pairs),
        "All keys of two columns.",
      )
      yield* same(
        yield* made.use(paired.replica.summarize(pairs[4], 9)),
        summarized(pairs.slice(5, 14)),
        "Nine of them.",
      )

      const odd = planOf({ k1: "integer", k0: "integer", true: "integer" }, { into: "odd", key: ["k1", "k0", "true"] })
      const oddKeys = ["1", "2", "3"].map((k1, index) => [k1, String(9 - index), "5"])
      yield* made.use(pull(odd, batchOf(oddKeys)))
      const oddly = yield* made.use(begin(odd))
      yield* same(yield* made.use(oddly.replica.summarize(oddKeys[0], 1)), summarized([oddKeys[1] ?? []]), "Odd names.")
    }),
  ),

  check(
    "suspects of a reconciliation",
    "Keys that a batch notes as suspects, and where the reconciliation stands, are kept for the next run; cleared ones are forgotten, and with its end all of them. confirm lets one go on that the guard has stopped.",
    Effect.gen(function* () {
      const made = yield* bench
      const first = yield* runWith(made, ["1", "2", "3"])
      const position = positionAt(["3"])
      const batch = batchOf([], {
        position,
        reconciliation: { state: reconciliation, suspects: [["1"], ["2"], ["2"]] },
      })
      yield* made.use(first.apply(batch))
      yield* made.use(first.finish(finished))
      yield* same(yield* made.ask((sink) => sink.confirm("items")), true, "Whether there is something to confirm.")
      const second = yield* made.use(begin(simple))
      const confirmed = { ...reconciliation, confirmed: true }
      yield* same(second.stored.reconciliation, confirmed, "The reconciliation that the next run is given.")
      yield* sameSet(yield* made.use(second.findings.suspects(10)), [["1"], ["2"]], "The suspects.")
      yield* made.use(second.apply(batchOf([], { position, reconciliation: { state: confirmed, cleared: [["1"]] } })))
      yield* sameSet(
        yield* made.use(second.findings.suspects(10)),
        [["2"]],
        "The suspects, without the one that was cleared.",
      )
      const now = yield* made.now
      yield* made.use(second.apply(batchOf([], { position, reconciliation: { state: "forgotten" } })))
      yield* sameSet(yield* made.use(second.findings.suspects(10)), [], "The suspects of one that is forgotten.")
      yield* made.use(second.apply(batchOf([], { position, deletes: [["2"]], reconciliation: { state: "complete" } })))
      yield* made.use(second.finish(finished))
      const third = yield* made.use(begin(simple))
      yield* same(third.stored.reconciliation, undefined, "The reconciliation after its end.")
      yield* same(third.stored.reconciledAt, now, "When it was complete.")
      yield* sameSet(yield* made.use(third.findings.suspects(10)), [], "The suspects after its end.")
    }),
  ),

  check(
    "rows that differ",
    "compare gives the rows that the replica lacks and those of which it has other values; present gives the keys that it has.",
    Effect.gen(function* () {
      const plan = planOf({ id: "integer", d: "decimal", r: "real", b: "blob", t: "text" })
      const rows = [
        ["1", "1.10", "0.1", "00ff", ""],
        ["9007199254740993", null, "NaN", "", null],
        ["3", "1", "1e300", null, "x"],
      ]
      const made = yield* bench
      yield* made.use(pull(plan, batchOf(rows)))
      const run = yield* made.use(begin(plan))
      yield* same(yield* made.use(run.replica.compare(rows)), [], "Rows that are equal.")
      const others = [
        ["1", "1.1", "0.1", "00ff", ""],
        ["9007199254740993", null, "NaN", null, null],
        ["3", "1", "1e300", null, "x"],
        ["9007199254740992", null, null, null, null],
      ]
      const expected = ["differs 1", "differs 9007199254740993", "missing 9007199254740992"]
      const differing = described(yield* made.use(run.replica.compare(others)))
      yield* sameSet(differing, expected, "Rows of which two differ and one is missing.")
      const keys = [["1"], ["2"], ["9007199254740993"]]
      yield* sameSet(
        yield* made.use(run.replica.present(keys)),
        [["1"], ["9007199254740993"]],
        "The keys that are there.",
      )
      yield* same(yield* made.use(run.replica.present([])), [], "None of no keys.")
    }),
  ),

  check(
    "names",
    "Tables and columns may be called like anything that the store's own statements name; rows are applied, asked for, compared and deleted in them as in any other.",
    Effect.gen(function* () {
      const made = yield* bench
      for (const [at, into] of hostile.entries()) {
        // A config refuses these as tables: SQLite takes the names for something else.
        if (into === "excluded" || into === "json_each") continue
        const columns = [...hostile.slice(at), ...hostile.slice(0, at)].map((name) =>
          planColumn(at % 2 === 0 ? name : name.toUpperCase(), name === into ? "integer" : "text"),
        )
        const plan = planOf(columns, { into })
        const row = (id: string, text: string) => columns.map((_, place) => (place === 0 ? id : `${text} ${place}`))
        yield* made.use(pull(plan, batchOf([row("1", "one"), row("2", "[2]")])))
        yield* made.use(pull(plan, batchOf([row("1", "uno"), row("3", "null")])))
        const told = (what: string) => `${what} ${JSON.stringify(into)}.`
        const run = yield* made.use(begin(plan))
        yield* holds(made, plan, [row("1", "uno"), row("2", "[2]"), row("3", "null")], told("The rows of"))
        const found = described(yield* made.use(run.replica.compare([row("1", "uno"), row("2", "two"), row("4", "x")])))
        yield* sameSet(found, ["differs 2", "missing 4"], told("What differs in"))
        const keys = [["1"], ["9"]]
        yield* same(yield* made.use(run.replica.present(keys)), [["1"]], told("The keys that are in"))
        yield* same(yield* made.use(run.replica.setAside(keys)), [], told("What was set aside of"))
        yield* same(yield* made.use(run.replica.keys(["1"], 9)), [["2"], ["3"]], told("The keys after one in"))
        const all = [["1"], ["2"], ["3"]]
        yield* same(yield* made.use(run.replica.summarize(undefined, 9)), summarized(all), told("The summary of"))
        yield* made.use(run.apply(batchOf([], { position: positionAt(["3"]), deletes: [["2"]] })))
        yield* made.use(run.finish(finished))
        yield* holds(made, plan, [row("1", "uno"), row("3", "null")], told("The rows after a deletion in"))
      }
    }),
  ),

  check(
    "a verification",
    "Where a verification stands, and the rows that it found to differ, are kept for the next run. A row that is compared again counts only where it still differs, and a verification that ends without any is noted as such.",
    Effect.gen(function* () {
      const made = yield* bench
      const first = yield* runWith(made, ["1", "2", "3"])
      const found = [
        { kind: "missing", key: ["1"] },
        { kind: "differs", key: ["2"] },
        { kind: "extra", key: ["3"] },
      ] as const
      yield* made.use(first.findings.noteVerification(verification, found))
      yield* made.use(first.finish(finished))
      const second = yield* made.use(begin(simple))
      yield* same(second.stored.verification, verification, "The verification that the next run is given.")
      yield* same(yield* made.use(second.findings.countDifferences), 3, "How many rows differ.")
      const [one] = yield* made.use(second.findings.differences(undefined, 1))
      const rest = yield* made.use(second.findings.differences(one?.key, 10))
      yield* sameSet(described([one, ...rest]), described(found), "The rows that differ, in two pages.")
      yield* made.use(second.findings.noteVerification(verification, found.slice(1, 2), [["1"], ["2"]]))
      const still = described(yield* made.use(second.findings.differences(undefined, 10)))
      yield* sameSet(still, described(found.slice(1)), "The rows that still differ.")
      yield* made.use(second.findings.completeVerification(verification))
      const [differing] = yield* made.ask((sink) => sink.states)
      yield* same(
        [differing?.verifiedAt, differing?.differences],
        [undefined, 2],
        "The state after an end with differences.",
      )
      yield* made.use(second.findings.clearDifferences)
      yield* made.use(second.findings.completeVerification({ ...verification, unaccounted: 1 }))
      const [uneven] = yield* made.ask((sink) => sink.states)
      yield* same(uneven?.verifiedAt, undefined, "When both were equal, where a row is unaccounted for.")
      const now = yield* made.now
      yield* made.use(second.findings.completeVerification(verification))
      yield* made.use(second.finish(finished))
      const [state] = yield* made.ask((sink) => sink.states)
      yield* same(
        [state?.verifiedAt, state?.differences, state?.verifying],
        [now, 0, false],
        "The state after an end without.",
      )
      const third = yield* made.use(begin(simple))
      yield* same(
        [third.stored.verification, third.stored.verificationEndedAt],
        [undefined, now],
        "What the next run is given.",
      )
    }),
  ),
]

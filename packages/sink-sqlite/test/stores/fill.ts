import {
  type Batch,
  ConnectorError,
  type Outcome,
  type Plan,
  type PlanColumn,
  type Position,
  type Ranges,
  type Reconciliation,
  Sink,
  type Verification,
} from "@starbase-replication/core/sink"
import * as kit from "@starbase-replication/connector-testing/plans"
import * as Effect from "effect/Effect"

const column = (name: string, type: PlanColumn["type"]): PlanColumn => ({
  ...kit.planColumn(name, type),
  nullable: name !== "id",
  shape: `${name}, as it is`,
})
const at = column("at", "timestamptz")
const columns = [column("id", "integer"), column("name", "text"), at]

/** The plan of a table of these stores. */
export const planOf = (into: string, more: Partial<Plan> = {}): Plan =>
  kit.planOf(more.columns ?? columns, {
    into,
    table: { name: { schema: "public", name: into }, kind: "table", columns: [], key: ["id"], identity: "1" },
    cursor: at,
    where: [{ column: "name", op: "isNotNull" }],
    deletes: { kind: "reconcile", every: 0 },
    ...more,
  })

/** The plan of a table that has one more column at its source, and must not. */
const widerOf = (into: string): Plan => planOf(into, { columns: [...columns, column("extra", "text")], drift: "fail" })

const moment = "2026-01-01T00:00:00.000000Z"
export const rows = [
  ["1", "one", moment],
  ["2", "two", moment],
]
export const position: Position = {
  version: 1,
  sweep: "tail",
  after: [moment, "2"],
  trail: { high: moment, marks: [{ from: null, next: "7" }], open: ["5"] },
  startedAt: 5,
  began: { next: "9", open: ["8"] },
}
export const nextPosition: Position = { ...position, sweep: "scan", after: ["1"] }
export const reconciliation: Reconciliation = {
  version: 1,
  phase: "search",
  after: ["1"],
  startedAt: 1,
  rows: 2,
  suspects: 1,
  confirmed: false,
}
export const verification: Verification = {
  version: 1,
  phase: "extra",
  after: ["1"],
  startedAt: 1,
  checked: 2,
  repair: false,
  repaired: 0,
}
export const ranges: Ranges = {
  version: 1,
  of: "",
  list: [
    { until: ["1"], count: 1, digest: "0123456789abcdef" },
    { until: null, count: 1, digest: null },
  ],
  walk: null,
}
export const error = new ConnectorError({ code: "unreachable", message: "no route", source: "shop" }).describe()

export const batchOf = (some: Batch["rows"], more: Partial<Batch> = {}): Batch =>
  kit.batchOf(some, { position, ...more })
export const ended: Outcome = { ...kit.finished, read: 2, syncedAt: 1_767_225_600_000 }
const unfinished = { ...ended, syncedAt: undefined, more: true }

export const begin = (plan: Plan, refresh = false) => kit.begin(plan, { refresh })

const load = (plan: Plan) =>
  Effect.gen(function* () {
    const run = yield* begin(plan)
    yield* run.apply(batchOf(rows, { rejects: [{ key: ["3"], column: "name", reason: "it does not fit" }] }))
    yield* run.finish(ended)
  })

/** Leaves something of all that a store can keep. */
export const fill = Effect.gen(function* () {
  const sink = yield* Sink
  for (const into of ["items", "rebuilding", "comparing"]) yield* load(planOf(into))
  const next = yield* begin(planOf("rebuilding"), true)
  yield* next.apply(batchOf([["1", "anew", moment]], { position: nextPosition }))
  yield* next.finish(unfinished)
  const run = yield* begin(planOf("comparing"))
  yield* run.apply(batchOf([], { reconciliation: { state: reconciliation, suspects: [["1"]] } }))
  yield* run.apply(batchOf([], { ranges }))
  yield* run.findings.noteVerification(verification, [{ kind: "extra", key: ["2"] }])
  yield* run.finish({ ...ended, more: true })
  yield* sink.fail({ into: "never", source: "shop", sourceTable: "public.never" }, error, { at: 5 })
  yield* sink.noteSource("shop", { error, retryAt: 7 })
  yield* sink.setPaused("items", true)
  yield* Effect.ignore(begin(widerOf("items")))
})

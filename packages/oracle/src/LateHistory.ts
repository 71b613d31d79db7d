import fc from "fast-check"
import type { Fault } from "./Faults.ts"
import type { AtSource, History, Run, SavepointEnd, Step } from "./History.ts"
import { record, type Shape } from "./Shape.ts"

/**
 * Histories about rows that are committed late: sessions that are never in each other's way write and commit between
 * the calls of runs without faults, so that transactions are open over the ends of sweeps in every order.
 */
const shape: fc.Arbitrary<Shape> = record<Pick<Shape, "key" | "cursor" | "batchSize" | "deletes" | "overlaps">>({
  key: fc.constantFrom<Shape["key"]>("integer", "identity"),
  cursor: fc.constantFrom<Shape["cursor"]>("sequence", "timestamptz", undefined),
  batchSize: fc.constantFrom(1, 2, 5000, 5000),
  deletes: fc.constantFrom<Shape["deletes"]>("ignore", "reconcile"),
  overlaps: fc.constant(false),
}).map((drawn) => ({
  ...drawn,
  cursor: drawn.key === "identity" ? "id" : drawn.cursor,
  isCursorNullable: false,
  values: [],
  isCounted: true,
  drift: "follow",
  isFull: false,
  isFiltered: false,
  isRenamed: false,
  isIndexed: false,
  masked: undefined,
  form: "plain",
  rows: 2,
}))

/** Each session has keys of its own. */
const write: fc.Arbitrary<AtSource> = fc
  .tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.nat(2),
    fc.constantFrom<SavepointEnd | undefined>(undefined, "release", "leave"),
  )
  .map(([session, key, ends]) => {
    const keys = [session * 3 + key]
    const put = { do: "put", keys, value: 1, isNull: false } as const
    return { at: "source", session, write: ends === undefined ? put : { do: "nest", keys, value: 1, ends } }
  })
const end: fc.Arbitrary<AtSource> = record<Extract<AtSource, { readonly end: unknown }>>({
  at: fc.constant("source"),
  session: fc.integer({ min: 1, max: 2 }),
  end: fc.constantFrom("commit", "commit", "commit", "roll back", "prepare", "commit prepared"),
})
const atSource = fc.oneof({ weight: 3, arbitrary: write }, { weight: 1, arbitrary: end })

const run: fc.Arbitrary<Run> = record<Run>({
  how: fc.constantFrom<Run["how"]>("post", "post", "post", "verify", "refresh"),
  millis: fc.constantFrom(0, 20_000, 20_000, 20_000),
  rows: fc.constantFrom(1, 100_000, 100_000),
  faults: fc.constant([]),
})
type AtReplica = Extract<Step, { readonly at: "replica" }>
const pull: fc.Arbitrary<AtReplica> = record<AtReplica>({
  at: fc.constant("replica"),
  runs: fc.array(run, { minLength: 1, maxLength: 1 }),
  wakes: fc.constant(false),
  picks: fc.array(fc.nat(3), { maxLength: 4 }),
  meanwhile: fc.array(
    record({ call: fc.integer({ min: 4, max: 16 }), steps: fc.array(atSource, { minLength: 1, maxLength: 3 }) }),
    { maxLength: 2 },
  ),
})

export const lateHistories: fc.Arbitrary<History> = record<History>({
  shape,
  steps: fc.array(fc.oneof({ weight: 1, arbitrary: atSource }, { weight: 1, arbitrary: pull }), {
    minLength: 5,
    maxLength: 24,
    size: "max",
  }),
  end: fc.constantFrom("commit", "roll back"),
  wakesLate: fc.constant(false),
  spoilings: fc.constant([]),
})

/** The first call of a run to the sink once its source was asked. */
const standsStill = (sink: "stall before" | "stall after"): Fault => ({ at: 4, sink })
const wakeUp: AtReplica = { at: "replica", runs: [], wakes: true, picks: [], meanwhile: [] }
const some = fc.array(atSource, { minLength: 1, maxLength: 4 })

/**
 * Histories about runs that stand still between asking the source and beginning in the sink: what the source said then is
 * older than where other runs have brought the table meanwhile.
 */
export const staleHistories: fc.Arbitrary<History> = record<Pick<History, "shape" | "end">>({
  shape,
  end: fc.constantFrom("commit", "roll back"),
}).chain((drawn) =>
  fc
    .tuple(
      fc.array(fc.oneof(atSource, pull), { maxLength: 3 }),
      fc.tuple(
        run,
        fc.constantFrom(standsStill("stall before"), standsStill("stall after")),
        fc.constantFrom<Run["how"]>("tick", "post"),
      ),
      some,
      fc.array(fc.oneof(pull, pull, atSource), { minLength: 1, maxLength: 3 }),
      fc.array(atSource, { maxLength: 1 }),
      fc.array(fc.oneof(atSource, pull), { maxLength: 3 }),
    )
    .map(([before, [stale, fault, how], meanwhile, others, late, after]) => ({
      ...drawn,
      steps: [
        ...before,
        { at: "replica", runs: [{ ...stale, how, faults: [fault] }], wakes: false, picks: [], meanwhile: [] },
        ...meanwhile,
        ...others,
        ...late,
        wakeUp,
        ...after,
      ],
      wakesLate: false,
      spoilings: [],
    })),
)

import fc from "fast-check"
import type { AtSource, History, Run, Step } from "./History.ts"
import { record, type Shape } from "./Shape.ts"

/**
 * Histories about rows that are committed late: sessions that are never in each other's way write and commit between
 * the calls of runs without faults, so that transactions are open over the ends of sweeps in every order.
 */
const shape: fc.Arbitrary<Shape> = record<Pick<Shape, "key" | "cursor" | "batchSize" | "deletes" | "overlaps">>({
  key: fc.constantFrom<Shape["key"]>("integer", "identity"),
  cursor: fc.constantFrom<Shape["cursor"]>("sequence", "timestamptz"),
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
  rows: 2,
}))

/** Each session has keys of its own. */
const write: fc.Arbitrary<AtSource> = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat(2)).map(([session, key]) => ({
  at: "source",
  session,
  write: { do: "put", keys: [session * 3 + key], value: 1, isNull: false },
}))
const end: fc.Arbitrary<AtSource> = record<Extract<AtSource, { readonly end: unknown }>>({
  at: fc.constant("source"),
  session: fc.integer({ min: 1, max: 2 }),
  end: fc.constantFrom("commit", "commit", "commit", "roll back"),
})
const atSource = fc.oneof({ weight: 3, arbitrary: write }, { weight: 1, arbitrary: end })

const run: fc.Arbitrary<Run> = record<Run>({
  how: fc.constantFrom<Run["how"]>("post", "post", "post", "verify", "refresh"),
  millis: fc.constantFrom(0, 20_000, 20_000, 20_000),
  rows: fc.constantFrom(1, 100_000, 100_000),
  faults: fc.constant([]),
})
const pull: fc.Arbitrary<Step> = record<Extract<Step, { readonly at: "replica" }>>({
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

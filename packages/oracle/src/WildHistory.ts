import fc from "fast-check"
import type { Fault, SinkFault, SourceFault } from "./Faults.ts"
import type {
  AtSource,
  History,
  Meanwhile,
  Operation,
  Rearrangement,
  Run,
  SavepointEnd,
  SessionEnd,
  Spoiling,
  Step,
  Write,
} from "./History.ts"
import { keylessShapes, kinds, record, type Shape, shapes } from "./Shape.ts"

const keys = fc.integer({ min: 0, max: 9 })
const some = fc.uniqueArray(keys, { minLength: 1, maxLength: 4 })
const value = fc.integer({ min: 0, max: 1000 })
const isNull = fc.integer({ min: 0, max: 3 }).map((drawn) => drawn === 0)

const change: fc.Arbitrary<Write> = fc.oneof(
  { weight: 5, arbitrary: record({ do: fc.constant("put" as const), keys: some, value, isNull }) },
  { weight: 5, arbitrary: record({ do: fc.constant("update" as const), key: keys, value, isNull }) },
  { weight: 1, arbitrary: record({ do: fc.constant("move" as const), key: keys, to: keys }) },
  { weight: 3, arbitrary: record({ do: fc.constant("delete" as const), keys: some }) },
  { weight: 1, arbitrary: record({ do: fc.constant("respell" as const), key: keys, isQuiet: fc.constant(false) }) },
  {
    weight: 2,
    arbitrary: record({
      do: fc.constant("nest" as const),
      keys: some,
      value,
      ends: fc.constantFrom<SavepointEnd>("release", "roll back", "leave"),
    }),
  },
)
const quiet: fc.Arbitrary<Write> = fc.oneof(
  { weight: 3, arbitrary: record({ do: fc.constant("update quietly" as const), key: keys, value }) },
  { weight: 1, arbitrary: record({ do: fc.constant("move quietly" as const), key: keys, to: keys }) },
  { weight: 1, arbitrary: record({ do: fc.constant("respell" as const), key: keys, isQuiet: fc.constant(true) }) },
)
const rearrangement: fc.Arbitrary<Write> = record({
  do: fc.constant("rearrange" as const),
  how: fc.constantFrom<Rearrangement>(
    "vacuum full",
    "cluster",
    "freeze",
    "detach",
    "detach",
    "attach",
    "attach",
    "swap",
    "swap",
    "refresh",
    "refresh",
    "refresh concurrently",
    "refresh concurrently",
  ),
})
const upheaval: fc.Arbitrary<Write> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ do: "truncate" as const }) },
  { weight: 2, arbitrary: record({ do: fc.constant("add column" as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 2, arbitrary: record({ do: fc.constant("drop column" as const), column: fc.nat(3) }) },
  { weight: 3, arbitrary: record({ do: fc.constant("change type" as const), column: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: "change key" as const }) },
)
const write = fc.oneof(
  { weight: 12, arbitrary: change },
  { weight: 2, arbitrary: upheaval },
  { weight: 2, arbitrary: quiet },
  { weight: 3, arbitrary: rearrangement },
)

const atSource: fc.Arbitrary<AtSource> = fc.oneof(
  { weight: 4, arbitrary: record({ at: fc.constant("source" as const), session: fc.constant(0), write }) },
  {
    weight: 3,
    arbitrary: record({ at: fc.constant("source" as const), session: fc.integer({ min: 1, max: 2 }), write: change }),
  },
  {
    weight: 2,
    arbitrary: record({
      at: fc.constant("source" as const),
      session: fc.integer({ min: 1, max: 2 }),
      end: fc.constantFrom<SessionEnd>(
        "commit",
        "commit",
        "commit",
        "commit",
        "roll back",
        "roll back",
        "prepare",
        "commit prepared",
        "commit prepared",
        "roll back prepared",
      ),
    }),
  },
)
const clock = record({
  at: fc.constant("clock" as const),
  millis: fc.constantFrom(1000, 30_000, 61_000, 3_700_000, -5000, -3_600_000, -3 * 86_400_000),
})

const fault: fc.Arbitrary<Fault> = fc.oneof(
  record({
    at: fc.nat(12),
    sink: fc.constantFrom<SinkFault>(
      "lost before",
      "lost after",
      "death before",
      "death after",
      "stall before",
      "stall after",
      "full",
    ),
  }),
  record({
    at: fc.nat(8),
    source: fc.oneof(
      record({ kind: fc.constant("cut" as const), bytes: fc.nat(4000) }),
      fc.constant<SourceFault>({ kind: "refuse" }),
      fc.constant<SourceFault>({ kind: "stall" }),
      fc.constant<SourceFault>({ kind: "lock" }),
    ),
  }),
)
const run: fc.Arbitrary<Run> = record({
  how: fc.constantFrom<Run["how"]>("tick", "tick", "tick", "post", "post", "post", "refresh", "verify", "repair"),
  millis: fc.constantFrom(0, 0, 10, 40, 20_000, 20_000),
  rows: fc.constantFrom(1, 5, 100_000, 100_000, 100_000),
  faults: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(fault, { minLength: 1, maxLength: 2 }) },
  ),
})
const meanwhile: fc.Arbitrary<Meanwhile> = record({
  call: fc.nat(22),
  steps: fc.array(
    fc.oneof(
      { weight: 10, arbitrary: atSource },
      { weight: 1, arbitrary: clock },
      { weight: 1, arbitrary: fc.constant({ at: "check" as const }) },
    ),
    { minLength: 1, maxLength: 3 },
  ),
})
const atReplica: fc.Arbitrary<Step> = record({
  at: fc.constant("replica" as const),
  runs: fc.oneof(
    { weight: 5, arbitrary: fc.array(run, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(run, { minLength: 2, maxLength: 2 }) },
  ),
  wakes: fc.boolean(),
  picks: fc.array(fc.nat(3), { maxLength: 12 }),
  meanwhile: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(meanwhile, { minLength: 1, maxLength: 3 }) },
  ),
})
const operator: fc.Arbitrary<Step> = record({
  at: fc.constant("operator" as const),
  does: fc.constantFrom<Operation>("confirm", "confirm", "reset", "pause", "resume", "resume"),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: atSource },
  { weight: 8, arbitrary: atReplica },
  { weight: 1, arbitrary: clock },
  { weight: 1, arbitrary: operator },
)

const historiesOf = (shape: fc.Arbitrary<Shape>): fc.Arbitrary<History> =>
  record({
    shape,
    steps: fc.array(step, { minLength: 3, maxLength: 18, size: "max" }),
    end: fc.constantFrom("commit" as const, "roll back" as const),
    wakesLate: fc.boolean(),
    spoilings: fc.array(
      record<Spoiling>({
        how: fc.constantFrom<Spoiling["how"]>("change", "remove", "add", "quiet update"),
        row: fc.nat(9),
      }),
      { maxLength: 3 },
    ),
  })

/** Histories of everything. Parts of a step that have no meaning where it comes do nothing. */
export const wildHistories = historiesOf(shapes)

/** The same of tables without a key. */
export const keylessHistories = historiesOf(keylessShapes)

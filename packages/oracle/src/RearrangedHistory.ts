import fc from "fast-check"
import type { AtSource, History, Meanwhile, Rearrangement, Run, Step, Write } from "./History.ts"
import { record, type Shape } from "./Shape.ts"

/**
 * Histories about rows that are shown, hidden or moved without being written: partitions that come and go, tables that
 * change their places, refreshes, and keys and values that change behind the cursor, between the pages of runs without faults.
 */
const shape: fc.Arbitrary<Shape> = record<Pick<Shape, "key" | "cursor" | "batchSize" | "deletes" | "form">>({
  key: fc.constantFrom<Shape["key"]>("integer", "text", "numeric", "composite"),
  cursor: fc.constantFrom<Shape["cursor"]>(undefined, "sequence", "sequence"),
  batchSize: fc.constantFrom(1, 2, 5000),
  deletes: fc.constantFrom<Shape["deletes"]>("ignore", "reconcile", "hourly"),
  form: fc.constantFrom<Shape["form"]>("plain", "partitioned", "partitioned", "materialized"),
}).map((drawn) => ({
  ...drawn,
  cursor: drawn.form === "materialized" ? undefined : drawn.cursor,
  isCursorNullable: false,
  values: [],
  isCounted: true,
  drift: "follow",
  isFull: false,
  isFiltered: false,
  isRenamed: false,
  isIndexed: false,
  masked: undefined,
  overlaps: false,
  rows: 4,
}))

const keys = fc.nat(9)
const write: fc.Arbitrary<Write> = fc.oneof(
  record<Write>({
    do: fc.constant("put"),
    keys: fc.uniqueArray(keys, { minLength: 1, maxLength: 3 }),
    value: fc.constant(1),
    isNull: fc.constant(false),
  }),
  { weight: 2, arbitrary: record<Write>({ do: fc.constant("update quietly"), key: keys, value: fc.constant(1) }) },
  record<Write>({ do: fc.constant("move"), key: keys, to: keys }),
  record<Write>({ do: fc.constant("move quietly"), key: keys, to: keys }),
  record<Write>({ do: fc.constant("respell"), key: keys, isQuiet: fc.boolean() }),
)
const inOne = (write: Write): AtSource => ({ at: "source", session: 0, write })
const rearrange = (how: Rearrangement): AtSource => inOne({ do: "rearrange", how })
const atSource: fc.Arbitrary<AtSource> = fc.oneof(
  { weight: 2, arbitrary: write.map(inOne) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<Rearrangement>(
        "detach",
        "attach",
        "swap",
        "refresh",
        "refresh concurrently",
        "vacuum full",
        "freeze",
        "cluster",
      )
      .map(rearrange),
  },
)

const run: fc.Arbitrary<Run> = record<Run>({
  how: fc.constantFrom<Run["how"]>("post", "post", "post", "verify"),
  millis: fc.constantFrom(0, 20_000),
  rows: fc.constantFrom(1, 100_000, 100_000),
  faults: fc.constant([]),
})
const meanwhile = record({
  call: fc.integer({ min: 4, max: 16 }),
  steps: fc.array(atSource, { minLength: 1, maxLength: 2 }),
})
/** What is away while a page is read: a run asks what a table is made of before its fifth call. */
const away: fc.Arbitrary<ReadonlyArray<Meanwhile>> = fc
  .tuple(
    fc.integer({ min: 5, max: 9 }),
    fc.integer({ min: 10, max: 12 }),
    fc.constantFrom<readonly [Rearrangement, Rearrangement]>(["detach", "attach"], ["swap", "swap"]),
  )
  .map(([from, until, [goes, comes]]) => [
    { call: from, steps: [rearrange(goes)] },
    { call: until, steps: [rearrange(comes)] },
  ])
const pull: fc.Arbitrary<Step> = record<Extract<Step, { readonly at: "replica" }>>({
  at: fc.constant("replica"),
  runs: fc.array(run, { minLength: 1, maxLength: 1 }),
  wakes: fc.constant(false),
  picks: fc.constant([]),
  meanwhile: fc.oneof({ weight: 3, arbitrary: fc.array(meanwhile, { maxLength: 3 }) }, { weight: 1, arbitrary: away }),
})
const later: fc.Arbitrary<Step> = fc.constant({ at: "clock", millis: 3_700_000 })

export const rearrangedHistories: fc.Arbitrary<History> = record<History>({
  shape,
  steps: fc.array(
    fc.oneof({ weight: 5, arbitrary: atSource }, { weight: 5, arbitrary: pull }, { weight: 1, arbitrary: later }),
    { minLength: 5, maxLength: 20, size: "max" },
  ),
  end: fc.constant("commit"),
  wakesLate: fc.constant(false),
  spoilings: fc.constant([]),
})

import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { beginShare, beginSpending, type Stop } from "../src/config/Budget.ts"
import type { Batch } from "../src/sink/Batch.ts"
import type { SinkRun } from "../src/sink/SinkRun.ts"
import { inOneAnswer, type Measure, type MeasureRequest } from "../src/source/Whole.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"
import type { Position } from "../src/state/Position.ts"
import type { InFlight } from "../src/sync/InFlight.ts"
import type { Tally } from "../src/sync/Pull.ts"
import { pullWhole } from "../src/sync/Whole.ts"
import type { WholePlan } from "../src/sync/ReadWhole.ts"
import type { Row } from "../src/table/Table.ts"
import { bare } from "./support/plan.ts"

const unused = Effect.die("not to be asked")
const plan: WholePlan = {
  ...bare,
  key: [],
  whole: { rows: 10, bytes: 1000 },
  table: { ...bare.table, key: [], columns: bare.columns },
}
const parts = { ...plan, table: { ...plan.table, parts: ["1"] } }

const inFlight = (next: string): InFlight => ({ next, open: [], history: "h", before: 1000 })

interface World {
  rows: ReadonlyArray<Row>
  readonly measure?: (request: MeasureRequest) => Measure
  readonly digests?: boolean
  readonly inFlight?: InFlight
  readonly stop?: Stop
  readonly plan?: WholePlan
}

/** Pulls, and gives what was read and written and the position then. */
const pullOnce = async (world: World, position: Position | undefined, replica = 0) => {
  const { rows, digests = false, measure } = world
  const asked: Array<MeasureRequest> = []
  let readings = 0
  const hashOf = ([id = "0"]: Row) =>
    BigInt(id ?? 0)
      .toString(16)
      .padStart(16, "0")
  const source: Partial<SourceShape> = {
    readWhole: ({ hashed }) =>
      Effect.sync(() => {
        readings += 1
        return inOneAnswer(Effect.succeed(hashed ? rows.map((row) => [...row, hashOf(row)]) : rows))
      }),
    measure: (request) => {
      asked.push(request)
      const digest = rows.reduce((sum, row) => sum + BigInt(`0x${hashOf(row)}`), 0n)
      const told = { rows: rows.length, ...(request.digested ? { digest: String(digest) } : {}) }
      return Effect.succeed(measure?.(request) ?? told)
    },
    ...(digests ? { digest: () => unused } : {}),
  }
  const filled: Array<Row> = []
  const notes: Array<Batch> = []
  let swapped = false
  const live = {
    plan,
    stored: { position, reconciliation: undefined },
    replica: { countRows: Effect.succeed(replica) },
    apply: (batch: Batch) => Effect.sync(() => void notes.push(batch)),
    swap: undefined,
  } as unknown as SinkRun
  const next = {
    ...live,
    stored: { position: undefined },
    apply: (batch: Batch) => Effect.sync(() => void (filled.push(...batch.rows), notes.push(batch))),
    countFilled: Effect.sync(() => filled.length),
    swap: Effect.sync(() => {
      swapped = true
    }),
  } as unknown as SinkRun
  const run: SinkRun = { ...live, renew: () => Effect.succeed(next) }
  const tally = { read: 0, pages: 0, more: false, syncedAt: undefined } as unknown as Tally
  const outcome = await Effect.runPromise(
    Effect.gen(function* () {
      const budget = { millis: 0, rows: 1, bytes: 1, queries: 1 }
      const share = beginShare(yield* beginSpending(budget, world.stop))
      const options = { deadline: 0, share, inFlight: world.inFlight }
      const pulled = pullWhole({ plan: world.plan ?? plan, run, options, tally, goOn: () => {} })
      return yield* Effect.result(Effect.provideService(pulled, Source, source as SourceShape))
    }),
  )
  const error = outcome._tag === "Failure" ? outcome.failure.code : undefined
  return { error, readings, asked, filled, notes, swapped, tally, position: notes.at(-1)?.position ?? position }
}

const some: ReadonlyArray<Row> = [["1"], ["1"], ["2"], [null]]

describe("a pull of a table without a key", () => {
  it("brings all rows at first, whatever the budget, and keeps what they were", async () => {
    const found = await pullOnce({ rows: some }, undefined)
    expect(found).toMatchObject({ swapped: true, filled: some, readings: 1, tally: { more: false, read: 4 } })
    expect(found.position?.whole).toMatchObject({ rows: 4, given: 4 })
    expect(found.notes.slice(0, -1).every(({ position }) => position.whole === undefined)).toBe(true)
  })

  it("reads no row where the source can tell that nothing changed", async () => {
    const told = { rows: some, plan: parts, inFlight: inFlight("5") }
    const first = await pullOnce(told, undefined)
    const quiet = await pullOnce(told, first.position)
    expect(quiet).toMatchObject({ readings: 0, asked: [], tally: { syncedAt: 1000 } })
    const measured = { ...told, inFlight: inFlight("9"), measure: () => ({ rows: 4, written: 0 }) }
    const looked = await pullOnce(measured, first.position)
    expect(looked).toMatchObject({ readings: 0, swapped: false, tally: { syncedAt: 1000 } })
    expect(looked.asked[0]).toMatchObject({ since: { id: "5", parts: ["1"] }, weighed: false })
    for (const changed of [
      { rows: 4, written: 1 },
      { rows: 3, written: 0 },
    ]) {
      expect((await pullOnce({ ...measured, measure: () => changed }, first.position)).readings).toBe(1)
    }
  })

  it("asks a source that digests for the sum of its rows", async () => {
    const first = await pullOnce({ rows: some, digests: true }, undefined)
    expect(first.position?.whole?.told).toBe("4")
    expect(await pullOnce({ rows: some, digests: true }, first.position)).toMatchObject({ readings: 0, swapped: false })
    const other = await pullOnce({ rows: [["1"], ["2"], ["2"], [null]], digests: true }, first.position)
    expect(other).toMatchObject({ readings: 1, swapped: true })
  })

  it("else reads them, and writes nothing where they are the same in another order", async () => {
    const first = await pullOnce({ rows: some }, undefined)
    const again = await pullOnce({ rows: some.toReversed() }, first.position)
    expect(again).toMatchObject({ readings: 1, swapped: false, filled: [], notes: [], tally: { read: 4 } })
    const changed = await pullOnce({ rows: [...some, ["2"]] }, first.position)
    expect(changed).toMatchObject({ readings: 1, swapped: true, filled: { length: 5 } })
  })

  it("is refused beyond its bound, before rows are read and while they are", async () => {
    const many: ReadonlyArray<Row> = Array.from({ length: 11 }, (_, n) => [String(n)])
    expect(await pullOnce({ rows: many }, undefined)).toMatchObject({ error: "too-large", readings: 0, swapped: false })
    const untold = { rows: many, measure: () => ({ rows: undefined }) }
    expect(await pullOnce(untold, undefined)).toMatchObject({ error: "too-large", readings: 1, swapped: false })
    const wide = { rows: [["1".repeat(1001)]] }
    expect(await pullOnce(wide, undefined)).toMatchObject({ error: "too-large", swapped: false })
  })

  it("asks before it loses many rows, and has written none of them then", async () => {
    const first = await pullOnce({ rows: some }, undefined)
    const emptied = await pullOnce({ rows: [] }, first.position, 1000)
    expect(emptied).toMatchObject({ error: "delete-guard", swapped: false, filled: [] })
    expect(emptied.notes).toMatchObject([{ reconciliation: { state: { phase: "swap", rows: 1000, suspects: 1000 } } }])
  })

  it("leaves what is built where the process is about to end", async () => {
    const cut = await pullOnce({ rows: some, stop: { aborted: true } }, undefined)
    expect(cut).toMatchObject({ error: undefined, swapped: false, tally: { more: true, syncedAt: undefined } })
  })
})

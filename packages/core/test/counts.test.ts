import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { Plan } from "../src/plan/Plan.ts"
import type { Replica } from "../src/sink/Replica.ts"
import type { SinkRun } from "../src/sink/SinkRun.ts"
import { pageOf } from "../src/source/Page.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"
import { findGone } from "../src/sync/Counts.ts"
import { bare } from "./support/plan.ts"

const plan: Plan = { ...bare, batchSize: 5000 }
const since = { id: "7", parts: ["1"] }

interface Sides {
  /** Keys at the source: written before, and since. */
  readonly old: ReadonlyArray<number>
  readonly young: ReadonlyArray<number>
  readonly replica: ReadonlyArray<number>
  readonly setAside?: ReadonlyArray<number>
  /** Whether the source places keys one range too low. */
  readonly isAstray?: boolean
}

/** The keys that counts find to be gone, and how many were looked up. */
const find = async ({ old, young, replica, setAside = [], isAstray = false }: Sides) => {
  let lookedUp = 0
  const numbers = (keys: ReadonlyArray<ReadonlyArray<string>>) => keys.map(([key]) => Number(key))
  const texts = (keys: ReadonlyArray<number>) => keys.map((key) => [String(key)])
  const source: Partial<SourceShape> = {
    countBefore: ({ bounds }) => {
      const ends = bounds === undefined ? [] : [...bounds, undefined]
      const shift = isAstray ? 1 : 0
      const counts = ends.map((until, at) => {
        const low = at === 0 ? -Infinity : Number(bounds?.[at - 1]) + shift
        const high = until === undefined ? Infinity : Number(until) + shift
        return old.filter((key) => key > low && key <= high).length
      })
      return Effect.succeed(counts)
    },
    read: (request) => Effect.succeed(pageOf(request, { rows: texts(young), done: true, bytes: 1 })),
    lookup: ({ keys }) => {
      lookedUp += keys.length
      return Effect.succeed(texts(numbers(keys).filter((key) => old.includes(key) || young.includes(key))))
    },
  }
  const kept = replica.toSorted((a, b) => a - b)
  const within = (keys: ReadonlyArray<number>, after?: string, until?: string) =>
    keys.filter((key) => key > Number(after ?? -Infinity) && key <= Number(until ?? Infinity))
  const answers: Partial<Replica> = {
    keys: (after, limit) => Effect.succeed(texts(within(kept, after?.[0]).slice(0, limit))),
    countWithin: ({ after, until }) =>
      Effect.succeed({
        rows: within(kept, after?.[0], until?.[0]).length,
        setAside: texts(within(setAside, after?.[0], until?.[0])),
      }),
    present: (keys) => Effect.succeed(texts(numbers(keys).filter((key) => kept.includes(key)))),
  }
  const gone = await findGone(plan, { replica: answers } as SinkRun, since).pipe(
    Effect.provideService(Source, source as SourceShape),
    Effect.runPromise,
  )
  return { gone: gone && numbers(gone), lookedUp }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const many = range(1, 12_000)

describe("counts", () => {
  it("find nothing gone, and look nothing up, where the replica has the old rows and some of the young ones", async () => {
    expect(await find({ old: many, young: [20_000, 20_001], replica: [...many, 20_000] })).toEqual({
      gone: [],
      lookedUp: 0,
    })
  })

  it("find what is gone, and look up its ranges alone, although other rows are as many as it", async () => {
    const old = many.filter((key) => key !== 6000 && key !== 7000)
    const { gone, lookedUp } = await find({ old, young: [7000], replica: many })
    expect(gone).toEqual([6000])
    expect(lookedUp).toBeLessThanOrEqual(5002)
  })

  it("do not take a row that became young for one that is gone", async () => {
    const old = many.filter((key) => key !== 6000)
    expect(await find({ old, young: [6000], replica: many })).toEqual({ gone: [], lookedUp: 0 })
  })

  it.each([
    ["the replica lacks a row", { old: [1, 2, 3], young: [], replica: [1, 3] }],
    ["a row that was set aside may hide one", { old: [1, 2], young: [], replica: [1, 9], setAside: [2] }],
    ["the two sides place keys otherwise", { old: many.slice(1), young: [], replica: many, isAstray: true }],
  ])("tell nothing where %s", async (_, sides) => {
    expect((await find(sides)).gone).toBeUndefined()
  })
})

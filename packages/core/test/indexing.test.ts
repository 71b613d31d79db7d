import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import type { ReplicaIndex } from "../src/plan/Indexes.ts"
import type { Plan } from "../src/plan/Plan.ts"
import type { SinkRun } from "../src/sink/SinkRun.ts"
import type { Structure } from "../src/source/Indexes.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"
import { cautionsAbout } from "../src/sync/Cautions.ts"
import { makeIndexes } from "../src/sync/Indexing.ts"
import { bare } from "./support/plan.ts"

const never = Effect.fail(new ConnectorError({ code: "unknown", message: "not asked for" }))
const found: Structure = {
  indexes: [{ name: "by_v", columns: [{ name: "v", descending: true }] }],
  relations: [],
}

/** What a run with such indexes asks of its source, and gives its sink. */
const indexing = (indexes: Plan["indexes"], isChanged: boolean, tells = true) =>
  Effect.gen(function* () {
    let asked = 0
    const given: Array<ReadonlyArray<ReplicaIndex>> = []
    const source: SourceShape = {
      list: () => never,
      describe: () => never,
      read: () => never,
      lookup: () => never,
      highest: () => never,
      ...(tells ? { structure: () => Effect.sync(() => ((asked += 1), found)) } : {}),
    }
    const index: SinkRun["index"] = (wanted) => Effect.sync(() => void given.push(wanted))
    const column = { name: "v", type: "text", sourceType: "text", nullable: true, as: undefined } as const
    const plan: Plan = { ...bare, columns: [...bare.columns, column], ...(indexes === undefined ? {} : { indexes }) }
    const { cautions } = yield* Effect.gen(function* () {
      yield* makeIndexes(plan, { index } as SinkRun, isChanged)
      return { cautions: yield* cautionsAbout(plan) }
    }).pipe(Effect.provideService(Source, source))
    return { asked, given, cautions }
  })

const over = (name: string, descending: boolean): ReplicaIndex => ({ columns: [{ name, descending }] })

it.effect("a source is asked for its indexes where they are to be copied and a run has brought something", () =>
  Effect.gen(function* () {
    expect(yield* indexing("copy", true)).toEqual({ asked: 1, given: [[over("v", true)]], cautions: [] })
    expect(yield* indexing("copy", false)).toEqual({ asked: 0, given: [], cautions: [] })
  }),
)

it.effect("indexes that are listed are given to each run, an empty list too, and no other table's are looked at", () =>
  Effect.gen(function* () {
    expect(yield* indexing([["v"]], false)).toEqual({ asked: 0, given: [[over("v", false)]], cautions: [] })
    expect(yield* indexing([], false)).toEqual({ asked: 0, given: [[]], cautions: [] })
    expect(yield* indexing(undefined, true)).toEqual({ asked: 0, given: [], cautions: [] })
  }),
)

it.effect("a source that cannot tell its indexes leaves those of the replica alone, and this is told", () =>
  Effect.gen(function* () {
    expect(yield* indexing("copy", true, false)).toEqual({
      asked: 0,
      given: [],
      cautions: ["The source does not tell its indexes, so that none are copied; list those that you want in indexes."],
    })
  }),
)

import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ContractBroken, sourceChecks, Subject } from "../src/index.ts"
import type { Mutation } from "./mutations/change.ts"
import { digests } from "./mutations/digests.ts"
import { describing } from "./mutations/describing.ts"
import { failing, wasteful } from "./mutations/failing.ts"
import { filtering } from "./mutations/filtering.ts"
import { typedKeys } from "./mutations/keys.ts"
import { paging } from "./mutations/paging.ts"
import { questions } from "./mutations/questions.ts"
import { since } from "./mutations/since.ts"
import { together } from "./mutations/together.ts"
import { whole } from "./mutations/whole.ts"
import { values } from "./mutations/values.ts"
import { type Toy, toyHarness } from "./toy/harness.ts"
import { startToyServer } from "./toy/server.ts"

const mutations: ReadonlyArray<Mutation> = [
  ...describing,
  ...paging,
  ...values,
  ...filtering,
  ...questions(),
  ...together,
  ...since,
  ...digests,
  ...whole,
  ...failing,
  ...wasteful,
  ...typedKeys,
]
const checks = new Map(sourceChecks.map((check) => [`${check.topic}: ${check.name}`, check]))
const cases = mutations.flatMap((toy) => toy.breaks.map((broken) => ({ what: toy.name, toy, broken })))

/** What a check says to a toy, on a server of its own. */
const examine = async (name: string, toy: Toy): Promise<unknown> => {
  const check = checks.get(name)
  if (check === undefined) throw new Error(`there is no check "${name}"`)
  const server = await startToyServer()
  try {
    const run = Effect.provideService(check.run, Subject, toyHarness(server, toy))
    return await Effect.runPromise(Effect.match(run, { onSuccess: () => "kept", onFailure: (problem) => problem }))
  } finally {
    await server.stop()
  }
}

describe.concurrent("a toy that is wrong in one thing", () => {
  it.each(cases)("$what: found by $broken", async ({ broken: name, toy }) => {
    const problem = await examine(name, toy)
    expect(problem).toBeInstanceOf(ContractBroken)
    const { contract, doc } = checks.get(name) ?? { contract: "", doc: "" }
    const { message } = problem as ContractBroken
    expect(message).not.toMatch(/the harness did\): (?!oops)/)
    expect(message).toContain(name)
    expect(message).toContain(contract)
    expect(message).toContain(doc)
  })
})

it("finds something with every check", () => {
  const found = new Set(cases.map(({ broken }) => broken))
  expect([...checks.keys()].filter((name) => !found.has(name))).toEqual([])
})

it("says of every check where it is documented", () => {
  for (const { contract, doc } of sourceChecks) {
    expect(doc).toMatch(/^docs\/adding-a-source\.md#[a-z-]+$/)
    expect(contract).toMatch(/\.$/)
  }
  expect(checks.size).toBe(sourceChecks.length)
})

import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { ContractBroken, sinkChecks, SinkSubject } from "../src/index.ts"
import { knowing } from "./sinkMutations/knowing.ts"
import { ranging } from "./sinkMutations/ranging.ts"
import { running } from "./sinkMutations/running.ts"
import { whole } from "./sinkMutations/whole.ts"
import { writing } from "./sinkMutations/writing.ts"
import { toySinkHarness } from "./toySink/harness.ts"
import type { Change } from "./toySink/sink.ts"

const mutations = [...writing, ...running, ...knowing, ...ranging, ...whole]
const checks = new Map(sinkChecks.map((check) => [`${check.topic}: ${check.name}`, check]))
const cases = mutations.flatMap(({ name, change, breaks }) => breaks.map((broken) => ({ name, change, broken })))

/** What a check says to a toy that something is done to. */
const examine = (name: string, change: Change): Promise<unknown> => {
  const check = checks.get(name)
  if (check === undefined) throw new Error(`there is no check "${name}"`)
  const run = Effect.provideService(check.run, SinkSubject, toySinkHarness(change))
  return Effect.runPromise(Effect.match(run, { onSuccess: () => "kept", onFailure: (problem) => problem }))
}

describe("a toy sink that is wrong in one thing", () => {
  it.each(cases)("$name: found by $broken", async ({ broken, change }) => {
    const problem = await examine(broken, change)
    expect(problem).toBeInstanceOf(ContractBroken)
    const { contract, doc } = checks.get(broken) ?? { contract: "", doc: "" }
    const { message } = problem as ContractBroken
    expect(message).not.toContain("the harness did")
    expect(message).toContain(broken)
    expect(message).toContain(contract)
    expect(message).toContain(doc)
  })
})

it("finds something with every check", () => {
  const found = new Set(cases.map(({ broken }) => broken))
  expect([...checks.keys()].filter((name) => !found.has(name))).toEqual([])
})

it("says of every check where it is documented", () => {
  for (const { contract, doc } of sinkChecks) {
    expect(doc).toMatch(/^docs\/adding-a-sink\.md#[a-z-]+$/)
    expect(contract).toMatch(/\.$/)
  }
  expect(checks.size).toBe(sinkChecks.length)
})

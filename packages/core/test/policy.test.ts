import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import { type Action, type Code, codes, type Sequel } from "../src/error/codes.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { isOfSource, isOtherRun, isRetryable, retryOf } from "../src/error/Policy.ts"
import { recover, toError } from "../src/error/toError.ts"

const all: Record<Code, readonly [scope: "source" | "table", leadsTo: Sequel, action: Action | null]> = {
  unreachable: ["source", "retry", null],
  timeout: ["table", "retry", null],
  "rate-limited": ["source", "retry", null],
  "source-busy": ["table", "retry", null],
  unauthorized: ["source", "probe", null],
  forbidden: ["table", "probe", null],
  "tls-failed": ["source", "probe", null],
  "table-missing": ["table", "probe", null],
  "too-large": ["table", "probe", null],
  "column-missing": ["table", "next-run", null],
  "invalid-config": ["table", "wait", null],
  unsupported: ["table", "wait", null],
  "log-unusable": ["table", "probe", null],
  "schema-changed": ["table", "next-run", "refresh"],
  "key-not-unique": ["table", "wait", null],
  "delete-guard": ["table", "next-run", "confirm"],
  busy: ["table", "other-run", null],
  "lease-lost": ["table", "other-run", null],
  refused: ["table", "wait", null],
  "store-unknown": ["table", "probe", null],
  "table-not-ours": ["table", "wait", null],
  "storage-full": ["table", "wait", "resume"],
  storage: ["table", "retry", null],
  unknown: ["table", "retry", null],
}

/** What each word of the table means: helped by nobody, another run's doing, and whether it waits before and in a run. */
const meanings: Record<
  Sequel,
  readonly [retryable: boolean, other: boolean, waitsBefore: boolean, waitsWithin: boolean]
> = {
  retry: [true, false, false, false],
  probe: [false, false, false, false],
  wait: [false, false, true, true],
  "next-run": [false, false, true, false],
  "other-run": [true, true, false, false],
}

describe("what follows from a failure", () => {
  it.each(Object.entries(all))("%s: %o", async (name, [scope, leadsTo, action]) => {
    const code = name as Code
    const error = new ConnectorError({ code, message: "" })
    const [retryable, other, ...waits] = meanings[leadsTo]
    expect(codes[code]).toMatchObject({ scope, leadsTo, action })
    expect([isRetryable(code), error.isRetryable, isOtherRun(code)]).toEqual([retryable, retryable, other])
    expect(isOfSource(code)).toBe(scope === "source")
    expect(error.describe()).toMatchObject({ code, retryable, action, hint: codes[code].hint })
    for (const [index, hasBegun] of [false, true].entries()) {
      const retry = await Effect.runPromise(retryOf(error, { failures: 1, hasBegun, fingerprint: "so" }))
      const later = leadsTo === "probe" ? { at: expect.any(Number), blockedBy: "so" } : { at: expect.any(Number) }
      expect(retry).toEqual(waits[index] === true ? { blockedBy: "so" } : later)
    }
  })

  it("keeps to the pause that the source asked for", async () => {
    const error = new ConnectorError({ code: "rate-limited", message: "", retryAfter: 3_600_000 })
    const retry = await Effect.runPromise(retryOf(error, { failures: 1, hasBegun: true, fingerprint: "" }))
    expect((retry.at ?? 0) - Date.now()).toBeGreaterThan(3_500_000)
  })
})

describe("a cause", () => {
  /** What an effect comes to, with the causes that were logged meanwhile. */
  const logging = async <A, E>(effect: Effect.Effect<A, E>) => {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ cause }) => void logged.push(Cause.squash(cause)))
    const exit = await Effect.runPromiseExit(Effect.provide(effect, Logger.layer([logger])))
    return { exit, logged }
  }

  it("that is a failure is that failure, whatever was stopped with it", async () => {
    const failure = new ConnectorError({ code: "timeout", message: "slow" })
    const cause = Cause.combine(Cause.interrupt(1), Cause.fail(failure))
    expect(await logging(toError(cause))).toEqual({ exit: Exit.succeed(failure), logged: [] })
  })

  it("that is a defect is logged, and no word of it gets into the error", async () => {
    const defect = new RangeError("hunter2")
    const recovered = recover((error) => Effect.succeed(error.describe()))(Effect.die(defect))
    const { exit, logged } = await logging(recovered)
    expect(exit).toMatchObject({ value: { code: "unknown", message: "The run failed by a defect of this program." } })
    expect(JSON.stringify(exit)).not.toContain("hunter2")
    expect(logged).toEqual([defect])
  })

  it("that is an interruption is passed on, and logs nothing", async () => {
    const { exit, logged } = await logging(recover(() => Effect.succeed("went on"))(Effect.interrupt))
    expect(Exit.hasInterrupts(exit)).toBe(true)
    expect(logged).toEqual([])
    expect((await Effect.runPromise(toError(Cause.interrupt(1)))).message).toContain("stopped")
  })
})

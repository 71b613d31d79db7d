import { appendFileSync } from "node:fs"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { lateHistories, staleHistories } from "../../src/LateHistory.ts"
import type { History } from "../../src/History.ts"
import { play } from "../../src/Play.ts"
import { leaks } from "../../src/Secrets.ts"
import { rearrangedHistories } from "../../src/RearrangedHistory.ts"
import type { Subject } from "../../src/Subject.ts"
import { wildHistories } from "../../src/WildHistory.ts"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"

const { ORACLE_RUNS, ORACLE_SEED, ORACLE_PATH, ORACLE_TRACE, ORACLE_SHRINK } = process.env

const known = [
  { weight: 4, arbitrary: wildHistories },
  { weight: 2, arbitrary: lateHistories },
  { weight: 2, arbitrary: staleHistories },
]
/** Rows are shown and hidden without being written where a table can be made of partitions, or shown by a refresh. */
const allHistories = ({ tellsWriters }: Subject): fc.Arbitrary<History> =>
  fc.oneof(...known, ...(tellsWriters ? [{ weight: 3, arbitrary: rearrangedHistories }] : []))

const trace = (line: string): void => {
  if (ORACLE_TRACE !== undefined) appendFileSync(ORACLE_TRACE, `${line}\n`)
}

/**
 * Plays random histories on a source; `file` is the test file that calls this. ORACLE_RUNS says how many, ORACLE_SEED and
 * ORACLE_PATH play one again, ORACLE_SHRINK=no leaves a failure as it was found, and ORACLE_TRACE names a file for each
 * step.
 */
export const converges = (
  file: string,
  start: () => Promise<Subject>,
  usualRuns: number,
  histories: (subject: Subject) => fc.Arbitrary<History> = allHistories,
): void => {
  let subject: Subject
  let workerd: Workerd
  beforeAll(async () => {
    ;[subject, workerd] = await Promise.all([start(), startWorkerd()])
  })
  afterAll(async () => {
    await Promise.all([subject?.stop(), workerd?.stop()])
  })

  describe("random histories", () => {
    it(`converge, and are as promised after every pull (${file})`, { timeout: 14_400_000 }, async () => {
      const logs: Array<unknown> = []
      for (const level of ["log", "info", "warn", "error", "debug"] as const) {
        vi.spyOn(console, level).mockImplementation((...line) => logs.push(line.map(String)))
      }
      const codes = new Map<string, number>()
      let played = 0
      const property = fc.asyncProperty(histories(subject), async (history) => {
        const { ends, traces } = await play(subject, workerd.object(`${played++}`), history, trace)
        for (const { error } of ends) codes.set(error?.code ?? "ok", (codes.get(error?.code ?? "ok") ?? 0) + 1)
        expect(leaks(traces, subject.secrets)).toEqual([])
      })
      const details = await fc.check(property, {
        numRuns: Number(ORACLE_RUNS ?? usualRuns),
        ...(ORACLE_SEED === undefined ? {} : { seed: Number(ORACLE_SEED) }),
        ...(ORACLE_PATH === undefined ? {} : { path: ORACLE_PATH }),
        endOnFailure: ORACLE_PATH !== undefined || ORACLE_SHRINK === "no",
        interruptAfterTimeLimit: 14_000_000,
      })
      vi.restoreAllMocks()
      expect(leaks(JSON.stringify(logs), subject.secrets)).toEqual([])
      console.info(`${file}: seed ${details.seed}, ${played} histories, runs by outcome:`, Object.fromEntries(codes))
      if (details.failed) {
        const again = `ORACLE_SEED=${details.seed} ORACLE_PATH=${details.counterexamplePath} vitest run test/${file}`
        throw new Error(`To play it again: ${again}\n${fc.defaultReportMessage(details)}`, {
          cause: details.errorInstance,
        })
      }
      // Faults that never come about would prove nothing.
      if (played >= 100)
        expect([...codes.keys()]).toEqual(expect.arrayContaining(["ok", "busy", "storage", "unreachable"]))
    })
  })
}

import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { History } from "../src/History.ts"
import { play } from "../src/Play.ts"
import { startPostgresSubject } from "../src/postgres/subject.ts"
import type { Subject } from "../src/Subject.ts"
import { wildHistories } from "../src/WildHistory.ts"
import { startWorkerd, type Workerd } from "../src/Workerd.ts"

let subject: Subject
let workerd: Workerd
beforeAll(async () => {
  const [started, runtime] = await Promise.all([startPostgresSubject(), startWorkerd()])
  workerd = runtime
  subject = {
    ...started,
    table: async (shape) => {
      const table = await started.table(shape)
      // Those that meet a lock give up after 50 ms, which a busy machine takes for anything in one of two replays.
      const entry = (isPatient: boolean) =>
        isPatient ? table.entry(true) : { ...(table.entry(false) as object), statementTimeout: "2 seconds" }
      return { ...table, entry }
    },
  }
})
afterAll(async () => {
  await Promise.all([subject?.stop(), workerd?.stop()])
})

/** The turns that the runs of a history take, without what is another one each time. */
const turnsOf = async (history: History, name: string): Promise<ReadonlyArray<string>> => {
  const turns: Array<string> = []
  await play(subject, workerd.object(name), history, (line) => {
    if (line.startsWith("turn ")) turns.push(line.replaceAll(/h\d+\.t|[\da-f]{8}-[-\da-f]*/g, "…"))
  })
  return turns
}

it(
  "a history that is played again takes the same turns, so that a failure can be looked at",
  { timeout: 120_000 },
  async () => {
    for (const [index, history] of fc.sample(wildHistories, { numRuns: 6, seed: 4 }).entries()) {
      const turns = await turnsOf(history, `${index}`)
      expect(await turnsOf(history, `${index} again`)).toEqual(turns)
    }
  },
)

import type { History, Step } from "./History.ts"
import { comeToRest, isEqual } from "./Rest.ts"
import type { RunEnd } from "./Runs.ts"
import { spoil } from "./Spoil.ts"
import { Stage } from "./Stage.ts"
import type { Subject } from "./Subject.ts"
import type { WorkerdObject } from "./Workerd.ts"

/** What a history was made of, for a look at what the histories cover. */
export interface Played {
  readonly ends: ReadonlyArray<RunEnd>
  /** All that the runs left behind, in answers and in the replica's own tables. */
  readonly traces: string
}

/** Plays a history and rejects with a `BrokenPromise` where the replica is not as promised. */
export const play = async (
  subject: Subject,
  object: WorkerdObject,
  history: History,
  trace: (line: string) => void = () => {},
): Promise<Played> => {
  const { steps, end, wakesLate, spoilings } = history
  const { seesTransactions, tellsWriters } = subject
  const { overlaps, form } = history.shape
  const shape = { ...history.shape, overlaps: overlaps || !seesTransactions, form: tellsWriters ? form : "plain" }
  const table = await subject.table(shape)
  try {
    const stage = new Stage({ subject, table, object, shape, trace })
    await stage.note()
    for (const step of steps) {
      trace(JSON.stringify(step))
      await take(stage, step)
    }
    for (const session of [1, 2]) {
      await stage.atSource({ at: "source", session, end })
      // A session may have prepared more than one.
      const prepared = end === "commit" ? "commit prepared" : "roll back prepared"
      for (let i = 0; i < 20; i++) await table.end(session, prepared)
    }
    await stage.note()
    if (!wakesLate) await wakeAll(stage)
    await comeToRest(stage)
    await isEqual(stage)
    if (wakesLate) {
      await wakeAll(stage)
      await comeToRest(stage)
      await isEqual(stage)
    }
    await spoil(stage, spoilings)
    return { ends: stage.ends, traces: JSON.stringify([stage.ends, await stored(object)]) }
  } finally {
    await table.close()
  }
}

const take = async (stage: Stage, step: Step): Promise<void> => {
  switch (step.at) {
    case "source":
      return stage.atSource(step)
    case "clock":
      return stage.jump(step.millis)
    case "operator":
      await stage.operate(step.does)
      await stage.check()
      return
    case "replica":
      if (step.wakes) stage.wake()
      await stage.drive(step.runs, step)
  }
}

const wakeAll = async (stage: Stage): Promise<void> => {
  stage.wake()
  await stage.drive([])
}

/** Every row of the replicator's own tables. */
const stored = async (object: WorkerdObject): Promise<ReadonlyArray<unknown>> => {
  const names = await object.execute(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'tmp\\_replication\\_%' ESCAPE '\\'`,
    [],
  )
  return object.batch(names.map(([name]) => ({ sql: `SELECT * FROM "${String(name)}"`, params: [] })))
}

import type { Env } from "../Env.ts"
import type { Did } from "./Fleet.ts"
import { hubOf, replicaOf } from "./objects.ts"

/** So many objects are asked in a batch, and side by side; what takes longer than that leaves the rest to the next. */
const most = { batch: 100, together: 6, millis: 60_000 }

const waitMillis = 1000

/** What a batch came to. */
export interface Swept {
  readonly done: number
  readonly failed: number
  /** With how many something is still to be done. */
  readonly left: number
}

/**
 * Does what is to be done with some replicas. What that is, the hub has noted, so that whoever comes next goes on where this one
 * ended; to do it once more changes nothing.
 */
export const sweepBatch = async (env: Env): Promise<Swept> => {
  const { fleet } = hubOf(env)
  const batch = await fleet.take(most.batch)
  if (batch.length === 0) return { done: 0, failed: 0, left: 0 }
  const until = Date.now() + most.millis
  const left = [...batch]
  const all: Array<Did> = []
  const work = async () => {
    for (let one = left.shift(); one !== undefined && Date.now() < until; one = left.shift()) {
      const error = await act(env, one).catch(messageOf)
      if (error !== "more") all.push({ ...one, ...(error === undefined ? {} : { error }) })
    }
  }
  await Promise.all(Array.from({ length: most.together }, work))
  // All that is left waits for something else.
  if (all.length === 0) await new Promise((resolve) => setTimeout(resolve, waitMillis))
  const failed = all.filter(({ error }) => error !== undefined).length
  return { done: all.length - failed, failed, left: await fleet.did(all) }
}

/** Does it batch by batch, for so long. */
export const sweepFor = async (env: Env, millis: number): Promise<Swept> => {
  const until = Date.now() + millis
  for (let total: Swept = { done: 0, failed: 0, left: 0 }; ;) {
    const { done, failed, left } = await sweepBatch(env)
    total = { done: total.done + done, failed: total.failed + failed, left }
    if (left === 0 || Date.now() >= until) return total
  }
}

/** Does what is to be done with one; gives why that failed, or that more remains. */
const act = async (
  env: Env,
  { name, made, todo }: Pick<Did, "made" | "name" | "todo">,
): Promise<string | undefined> => {
  const replica = replicaOf(env, name)
  if (todo === "delete") {
    await replica.destroyReplica(name, made)
    return undefined
  }
  const pulled = await (todo === "refresh" ? replica.refreshReplica(name, made) : replica.pullReplica(name, made))
  if (pulled === "done") return undefined
  return pulled === "more"
    ? pulled
    : `The replica is ${pulled === "gone" ? "another one by now" : "not loaded: see its status"}.`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

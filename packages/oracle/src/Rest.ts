import type { Run } from "./History.ts"
import { BrokenPromise } from "./Promises.ts"
import type { Replica } from "./Replica.ts"
import type { RunEnd } from "./Runs.ts"
import { isKeyless } from "./Shape.ts"
import { balance, matches, type Snapshot } from "./Snapshot.ts"
import type { Stage } from "./Stage.ts"

/** Longer than anything waits: a lease, a backoff, the time between two reconciliations. */
const long = 7_200_000

/** A run without faults, which must end. */
export const calmRun = async (stage: Stage, how: Run["how"]): Promise<RunEnd> => {
  const [end] = await stage.drive([{ how, millis: 20_000, rows: 100_000, faults: [] }])
  if (end === undefined) throw new BrokenPromise("A run without faults did not end.")
  return end
}

/**
 * Once all is quiet at the source, a few ticks must bring the replica there by themselves, whatever was before. Only
 * what is said to need an operator is done by one.
 */
export const comeToRest = async (stage: Stage): Promise<void> => {
  await stage.operate("resume")
  for (let clean = 0, tries = 0; clean < 2; tries++) {
    if (tries > 20)
      throw new BrokenPromise(`The replica does not come to rest: ${JSON.stringify(stage.ends.slice(-2))}`)
    stage.jump(long)
    const { error, more, wasDue } = await calmRun(stage, "tick")
    clean = error === undefined && more !== true && wasDue !== false ? clean + 1 : 0
    if (wasDue === false) await mend(stage)
    else if (error?.code === "delete-guard") await stage.operate("confirm")
    else if (error?.retryable === true && error.code !== "busy" && tries > 2) {
      throw new BrokenPromise(`A run without faults failed: ${JSON.stringify(error)}`)
    }
  }
}

/** Does what an operator would where a table waits for one. */
const mend = async (stage: Stage): Promise<void> => {
  const { state } = await stage.read()
  const { code } = JSON.parse(state?.error ?? "{}") as { readonly code?: string }
  if (code === "storage-full") await calmRun(stage, "post")
  else if (code === "schema-changed" && stage.place.shape.drift !== "follow") await calmRun(stage, "refresh")
  else if (code !== undefined) throw new BrokenPromise(`A table that waits for nothing is not run: ${state?.error}`)
}

/** Compares the replica with the source, value by value. */
export const isEqual = async (stage: Stage): Promise<void> => {
  stage.promises.equal(await stage.read())
  await isVerified(stage)
}

/**
 * Has the replicator compare the replica with the source, which must find exactly what differs. A table that is built
 * anew at every run is not compared.
 */
export const isVerified = async (stage: Stage): Promise<void> => {
  if (stage.place.shape.isFull) return
  stage.jump(long)
  const { verification, error } = await calmRun(stage, "verify")
  if (isKeyless(stage.place.shape)) {
    const found = balance(stage.promises.last, await stage.read())
    const count = [...found.values()].reduce((sum, one) => sum + Math.abs(one), 0)
    if (verification?.complete === true && verification.differing === count) return
    throw new BrokenPromise(
      `A verification told of ${JSON.stringify(verification ?? error)}; but ${count} differ: ${JSON.stringify([...found])}.`,
    )
  }
  // The pull before it may itself have mended a row that it read again.
  const differing = differences(stage.promises.last, await stage.read())
  const named = new Set(verification?.keys.map(({ key, kind }) => `${kind} ${JSON.stringify(key.toSorted())}`))
  const isSame = named.size === differing.size && [...named].every((one) => differing.has(one))
  if (verification?.complete === true && isSame) return
  const told = verification?.complete === true ? [...named].join(", ") : JSON.stringify(verification ?? error)
  throw new BrokenPromise(`A verification told of: ${told}; but these differ: ${[...differing].join(", ")}.`)
}

const differences = (source: Snapshot, replica: Replica): ReadonlySet<string> => {
  const found = new Set<string>()
  const name = (id: string) => JSON.stringify((JSON.parse(id) as ReadonlyArray<string>).toSorted())
  for (const [id, row] of source.rows) {
    const mine = replica.rows.get(id)
    if (mine === undefined) found.add(`missing ${name(id)}`)
    else if (!matches(mine, row)) found.add(`differs ${name(id)}`)
  }
  for (const id of replica.rows.keys()) if (!source.rows.has(id)) found.add(`extra ${name(id)}`)
  return found
}

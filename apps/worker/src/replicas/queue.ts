import type { Env } from "../Env.ts"
import type { Hint } from "./hints.ts"
import { replicaOf } from "./objects.ts"

/** A message of the queue, as far as it is used. */
type Received = Pick<Message<Hint>, "ack" | "body" | "retry">

/** So many replicas are asked side by side. */
const together = 6

/**
 * Has each replica pull that the hints name, once, up to the latest of them. One that fails is hinted at again by the queue, and is
 * in nobody's way; a hint that comes late, twice or not at all costs time, and nothing else.
 */
export const takeHints = async (messages: ReadonlyArray<Received>, env: Env): Promise<void> => {
  const byReplica = new Map<string, Array<Received>>()
  for (const message of messages) {
    const key = `${message.body.made} ${message.body.replica}`
    byReplica.set(key, [...(byReplica.get(key) ?? []), message])
  }
  const left = [...byReplica.values()]
  const work = async () => {
    for (let same = left.shift(); same !== undefined; same = left.shift()) {
      const isDone = await pull(env, same).catch(() => false)
      for (const message of same) {
        if (isDone) message.ack()
        else message.retry({ delaySeconds: 5 })
      }
    }
  }
  await Promise.all(Array.from({ length: together }, work))
}

/** Whether nothing is left to do. Of two logs, the one that was hinted at last is the one that is there most likely. */
const pull = async (env: Env, messages: ReadonlyArray<Received>): Promise<boolean> => {
  const [first] = messages
  if (first === undefined) return true
  const { replica, made } = first.body
  const epochs = new Set(messages.map(({ body }) => body.epoch))
  const seq = Math.max(...messages.map(({ body }) => body.seq))
  // Places of two logs say nothing of each other: then it asks in any case.
  const place = epochs.size === 1 ? { epoch: first.body.epoch, seq } : undefined
  const pulled = await replicaOf(env, replica).pullReplica(replica, made, place)
  return pulled === "done" || pulled === "gone"
}

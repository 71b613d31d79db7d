import type { Hint } from "./hints.ts"
import { type HubLog, lastFor, type LogState } from "./HubLog.ts"
import type { Known } from "./Known.ts"
import { parseName, tenantReplica } from "./names.ts"
import type { Registry } from "./Registry.ts"

/** The queue's bounds, with some room. */
const most = { messages: 100, bytes: 200_000 }

/** Sends one hint to each replica for which something has changed since the last one. */
export class Push {
  readonly #queue: Pick<Queue<Hint>, "sendBatch">
  readonly #registry: Registry
  readonly #log: HubLog
  /** All up to here was hinted at. It is forgotten with the object: then whoever was not told is hinted at once more. */
  #hinted: Pick<LogState, "epoch" | "generations"> & { readonly seq: number } = { epoch: "", generations: "", seq: -1 }
  readonly counts = { sent: 0, failed: 0 }

  constructor(queue: Pick<Queue<Hint>, "sendBatch">, registry: Registry, log: HubLog) {
    this.#queue = queue
    this.#registry = registry
    this.#log = log
  }

  /** Hints at all up to the last seq that is closed. Where that cannot be sent, the next time does it. */
  async send({ epoch, open, generations }: LogState): Promise<void> {
    const seq = open - 1
    const before = this.#hinted
    const isSame = before.epoch === epoch && before.generations === generations
    const wanted = isSame ? this.#changedSince(before.seq, epoch) : this.#registry.live()
    this.#hinted = { epoch, generations, seq }
    try {
      for (const batch of batchesOf(wanted.map(({ name, made }) => ({ replica: name, made, epoch, seq })))) {
        await this.#queue.sendBatch(batch.map((body) => ({ body })))
        this.counts.sent += batch.length
      }
    } catch (error) {
      this.#hinted = before
      this.counts.failed += 1
      const message = error instanceof Error ? error.message : String(error)
      console.error(JSON.stringify({ level: "error", event: "hints.failed", message }))
    }
  }

  /** Those for whom there is something after a seq that they were not told yet. */
  #changedSince(seq: number, epoch: string): ReadonlyArray<Known> {
    const last = this.#log.last()
    const changed = [...last].flatMap(([tenant, at]) => (at > seq ? [tenant] : []))
    if (changed.length === 0) return []
    const isForAll = changed.includes("")
    const all = isForAll
      ? this.#registry.live()
      : [
          ...this.#registry.regions(),
          ...changed.flatMap((tenant) => {
            const known = tenant.startsWith("t") ? this.#registry.get(tenantReplica(tenant.slice(1))) : undefined
            return known?.isLive === true ? [known] : []
          }),
        ]
    return all.filter(({ name, told }) => {
      const identity = parseName(name)?.identity
      return identity !== undefined && (told?.epoch !== epoch || told.seq < lastFor(last, identity))
    })
  }
}

/** Splits hints into as many as are sent at once. */
export const batchesOf = (hints: ReadonlyArray<Hint>): ReadonlyArray<ReadonlyArray<Hint>> => {
  const batches: Array<Array<Hint>> = []
  let bytes = 0
  for (const hint of hints) {
    const size = new TextEncoder().encode(JSON.stringify(hint)).length + 100
    const batch = batches.at(-1)
    if (batch === undefined || batch.length >= most.messages || bytes + size > most.bytes) {
      batches.push([hint])
      bytes = size
    } else {
      batch.push(hint)
      bytes += size
    }
  }
  return batches
}

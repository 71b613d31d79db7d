/** Tells a replica that the hub has more for it. What it may have is not in it: the replica asks. */
export interface Hint {
  readonly replica: string
  readonly made: number
  /** Up to where in the hub's log. */
  readonly epoch: string
  readonly seq: number
}

/** The queue's bounds, with some room. */
const most = { messages: 100, bytes: 200_000 }

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

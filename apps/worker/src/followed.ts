/** What lets a request leave something to be done behind it. */
interface Behind {
  waitUntil(promise: Promise<unknown>): void
}

/** The same, and how to wait until all of that is done. */
export interface Followed extends Behind {
  readonly settled: () => Promise<void>
}

/** Follows what a request leaves to be done behind it. */
export const followed = (context: Behind): Followed => {
  const left: Array<Promise<unknown>> = []
  return {
    waitUntil: (promise) => {
      left.push(promise)
      context.waitUntil(promise)
    },
    settled: async () => {
      // What is left may leave more.
      while (left.length > 0) await Promise.allSettled(left.splice(0))
    },
  }
}

/** What a request may leave to be done behind it, and how to wait until all of that is done. */
export interface Followed extends Pick<ExecutionContext, "waitUntil"> {
  readonly settled: () => Promise<void>
}

/** Follows what a request leaves to be done behind it. */
export const followed = (ctx: ExecutionContext): Followed => {
  const left: Array<Promise<unknown>> = []
  return {
    waitUntil: (promise) => {
      left.push(promise)
      ctx.waitUntil(promise)
    },
    settled: async () => {
      // What is left may leave more.
      while (left.length > 0) await Promise.allSettled(left.splice(0))
    },
  }
}

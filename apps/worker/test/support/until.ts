import { setTimeout as sleep } from "node:timers/promises"

/** Waits until `look` finds something. */
export const until = async <T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  const deadline = Date.now() + 30_000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error("It did not come about within 30 seconds.")
    await sleep(50)
  }
}

import type { Execute } from "@starbase-replication/sink-sqlite"
import type { Random } from "../log/Random.ts"

/** What befalls a run: one of its calls is lost, on its way there or back, or the run dies there. */
export interface Fault {
  readonly at: number
  readonly kind: "lost before" | "lost after" | "death before" | "death after"
}

export const someFault = (random: Random, calls: number): Fault | undefined =>
  random.oneIn(3)
    ? {
        at: random.below(calls),
        kind: random.pick(["lost before", "lost after", "death before", "death after"]),
      }
    : undefined

const never = new Promise<never>(() => {})

/** A run that may die: from then on none of its calls is answered. */
export class Fate {
  isDead = false
  /** What was found to be wrong while it ran. */
  broken: unknown
  #calls = 0
  readonly #fault: Fault | undefined

  constructor(fault: Fault | undefined) {
    this.#fault = fault
  }

  /** Makes a call, with what befalls it. */
  async call<A>(make: () => Promise<A>): Promise<A> {
    if (this.isDead) return never
    const at = this.#calls++
    const kind = this.#fault?.at === at ? this.#fault.kind : undefined
    if (kind === "death before") return this.#die()
    if (kind === "lost before") throw new Error("Network connection lost.")
    const answer = await make()
    if (kind === "lost after") throw new Error("Network connection lost.")
    return kind === "death after" ? this.#die() : answer
  }

  /** The same for a database; `look` is called after each statement that may have changed what a reader sees. */
  port(execute: Execute, look: () => Promise<void>): Execute {
    return (sql, params) =>
      this.call(async () => {
        const rows = await execute(sql, params)
        if (/^\s*(?:INSERT|DELETE|ALTER|DROP|CREATE)\b/.test(sql)) {
          await look().catch((error: unknown) => {
            this.broken ??= error
          })
        }
        return rows
      })
  }

  /** Waits for a run to end or to die. */
  async ended<A>(run: Promise<A>): Promise<A | undefined> {
    let isOver = false
    const died = async () => {
      while (!this.isDead && !isOver) await new Promise((resolve) => setTimeout(resolve, 5))
      return undefined
    }
    const ended = await Promise.race([run.finally(() => (isOver = true)), died()])
    if (this.broken !== undefined) throw this.broken
    return ended
  }

  #die(): Promise<never> {
    this.isDead = true
    return never
  }
}

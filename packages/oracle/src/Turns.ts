import { setImmediate as tick } from "node:timers/promises"

/** A call of a run, to its database or to its source, that waits for its turn. */
export interface Call {
  readonly run: number
  readonly side: "sink" | "source"
  readonly what: string
}

interface Waiting extends Call {
  readonly go: (leave: () => void) => void
}

/**
 * Lets the calls of all runs pass one by one, so that a history is the same each time: which of the waiting ones is
 * next is the history's choice and not a matter of time.
 */
export class Turns {
  #waiting: Array<Waiting> = []
  #wake: () => void = () => {}
  readonly #held = new Set<number>()
  readonly #dead = new Set<number>()

  /** Waits for a turn, and gives the function that ends it. The signal takes the call out of the line. */
  enter(call: Call, signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve) => {
      const waiting: Waiting = { ...call, go: resolve }
      this.#waiting.push(waiting)
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
      })
      this.#wake()
    })
  }

  /** Keeps a run's calls waiting. */
  hold(run: number): void {
    this.#held.add(run)
    this.#wake()
  }

  /** Keeps them waiting for ever. */
  bury(run: number): void {
    this.#dead.add(run)
    this.#wake()
  }

  /** Lets the runs go on that stand still. */
  release(): void {
    this.#held.clear()
  }

  /** Whether a run stands still, for a while or for ever. */
  isStill(run: number): boolean {
    return this.#held.has(run) || this.#dead.has(run)
  }

  isDead(run: number): boolean {
    return this.#dead.has(run)
  }

  /**
   * Gives turns until each of the runs has ended or stands still. `before` is awaited before each turn; `pick` chooses among
   * that many calls.
   */
  async drive(
    runs: ReadonlyMap<number, Promise<unknown>>,
    pick: (count: number) => number,
    before: (call: Call) => Promise<void>,
  ): Promise<void> {
    const ended = new Set<number>()
    for (const [run, end] of runs) {
      void end.finally(() => {
        ended.add(run)
        this.#wake()
      })
    }
    while (true) {
      await settle()
      if ([...runs.keys()].every((run) => ended.has(run) || this.isStill(run))) return
      const ready = this.#waiting.filter(({ run }) => !this.isStill(run))
      const next = ready[pick(ready.length)]
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      await before(next)
      this.#waiting = this.#waiting.filter((one) => one !== next)
      await new Promise<void>((resolve) => next.go(resolve))
    }
  }
}

/** Lets the runs come to their next calls. */
const settle = async () => {
  for (let i = 0; i < 4; i++) await tick()
}

import type { LogState } from "./HubLog.ts"

/** So many are remembered; what is older is as old as the oldest of them. */
const most = 5000

/** When the hub's log came to which seq, as long as the object is there: the log itself tells no times. */
export class Moments {
  #epoch = ""
  #marks: Array<{ readonly at: number; readonly seq: number }> = []
  /** What was told before the tables were others says nothing of them. */
  #anew: { readonly at: number; readonly seq: number } | undefined
  #generations: string | undefined

  /** Whether it is not known yet from when on it can tell. */
  get isEmpty(): boolean {
    return this.#marks.length === 0
  }

  /** Notes how the log stands. */
  note({ epoch, open, generations }: LogState, at: number): void {
    if (this.#epoch !== epoch) {
      this.#epoch = epoch
      this.#marks = []
      this.#anew = undefined
    } else if (this.#generations !== undefined && this.#generations !== generations) {
      this.#anew = { at, seq: open }
    }
    this.#generations = generations
    this.#marks.push({ at, seq: open })
    if (this.#marks.length > most) this.#marks.shift()
  }

  /** Since when what is under a seq has been there; undefined where that is older than what is known. */
  since(seq: number): number | undefined {
    const found = this.#marks.findIndex((mark) => mark.seq >= seq)
    return found > 0 ? this.#marks[found]?.at : undefined
  }

  /** Since when the tables are others than those of which all was told up to a seq; undefined where they are the same. */
  anew(seq: number): number | undefined {
    return this.#anew !== undefined && seq < this.#anew.seq ? this.#anew.at : undefined
  }
}

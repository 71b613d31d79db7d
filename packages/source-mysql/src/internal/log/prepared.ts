import type { LogMessage } from "@starbase-replication/core/source"

/** A change as it is told within its transaction. */
export type Change = Exclude<LogMessage, { readonly kind: "begin" } | { readonly kind: "commit" }>

/** What is held at most, in changes. */
const most = 40_000

/** The changes of transactions that are prepared first and committed later: until then they are nobody's. */
export class Prepared {
  readonly #held = new Map<string, ReadonlyArray<Change>>()
  #size = 0
  #current: Array<Change> | undefined

  /** From now on, changes are of one that is prepared. */
  begin(): void {
    this.#current = []
  }

  /** No more; gives what has come. */
  end(): ReadonlyArray<Change> {
    const changes = this.#current ?? []
    this.#current = undefined
    return changes
  }

  /** Takes a change where it is of one that is prepared. */
  hold(change: Change): boolean {
    if (this.#current === undefined) return false
    // One more than is kept says that there were too many.
    if (this.#current.length <= most) this.#current.push(change)
    return true
  }

  /** Whether changes are kept that are neither committed nor rolled back. */
  get isHolding(): boolean {
    return this.#size > 0
  }

  keep(xid: string, changes: ReadonlyArray<Change>): void {
    if (this.#size + changes.length > most) return
    this.#size += changes.length
    this.#held.set(xid, changes)
  }

  /** What a transaction has changed, of which nothing is kept from now on; undefined where that is not known. */
  take(xid: string): ReadonlyArray<Change> | undefined {
    const changes = this.#held.get(xid)
    this.#held.delete(xid)
    this.#size -= changes?.length ?? 0
    return changes
  }
}

/** Tells a replica that the hub has more for it. What it may have is not in it: the replica asks. */
export interface Hint {
  readonly replica: string
  readonly made: number
  /** Up to where in the hub's log. */
  readonly epoch: string
  readonly seq: number
}

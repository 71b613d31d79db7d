/** A place in the hub's log. */
export interface Place {
  readonly epoch: string
  readonly seq: number
}

/** What a pull of a replica came to. */
export type Pulled = "done" | "more" | "gone" | "failed"

import type { Row } from "@starbase-replication/core/source"

/** The rows that were taken. */
export interface Taken {
  readonly rows: ReadonlyArray<Row>
  readonly bytes: number
  /** False where rows came that were left, because of the bound. */
  readonly complete: boolean
  /** False where the connection is still busy with rows that nobody wants. */
  readonly reusable: boolean
}

/** Rows that are left are read past up to this many bytes: about what a new connection costs. */
const drainBytes = 4_000_000

/** Keeps the rows of an answer up to a bound. One that is full is told of each further row. */
export class Taker<R extends Row = Row> {
  readonly rows: Array<R> = []
  /** How many bytes the values of the rows have. */
  bytes = 0
  readonly #maxBytes: number
  #left = 0

  /** No row is to be kept after so many bytes, but the first one always. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  isFull(): boolean {
    return this.bytes >= this.#maxBytes && this.rows.length > 0
  }

  /** Leaves a row of so many bytes; false once so much was left that the rest is not worth reading past. */
  leave(length: number): boolean {
    this.#left += length
    return this.#left <= drainBytes
  }

  end(reusable: boolean): Taken {
    return { rows: this.rows, bytes: this.bytes, complete: this.#left === 0, reusable }
  }
}

import type { Taken } from "@starbase-replication/sql-source"
import type { Pinned, SessionTraits } from "./pull.ts"
import type { DataRow } from "./rows.ts"

/** Some rows, their values as the bytes that came, one character for each. */
export type RawRows = ReadonlyArray<ReadonlyArray<string | null>>

/** A statement whose rows are given some at a time, in binary format, within one transaction. */
export interface StreamQuestion {
  readonly statement: Required<Pinned>
  /** At most so many rows come first. */
  readonly rows: number
  /** Is given rows; `goOn` asks for so many more at most, and with 0 for none. */
  readonly give: (rows: RawRows, goOn: (next: number) => void) => void
}

/** What pg's connection offers such a statement. */
interface Wire {
  readonly stream: { readonly cork?: () => void; readonly uncork?: () => void }
  parse(query: { name: string; text: string; types: Array<string> }, more: boolean): void
  bind(config: object, more: boolean): void
  execute(config: object, more: boolean): void
  flush(): void
  sync(): void
}

/** What the reader of rows needs to know of the statement under way. */
export interface RawTraits extends SessionTraits {
  isRaw: boolean
}

/**
 * A query for pg that asks for rows by portions: the server makes no portion before the one before it was taken, which is
 * the only thing that keeps it from sending all at once to a Worker.
 */
export class Stream {
  readonly #question: StreamQuestion
  readonly #traits: RawTraits
  readonly #end: (taken: Taken) => void
  readonly #fail: (error: unknown) => void
  #rows: Array<Array<string | null>> = []
  #bytes = 0
  /** How many statements are yet to complete before the rows come. */
  #before = 1
  #isOver = false
  #wire: Wire | undefined

  constructor(
    question: StreamQuestion,
    traits: RawTraits,
    end: (taken: Taken) => void,
    fail: (error: unknown) => void,
  ) {
    this.#question = question
    this.#traits = traits
    this.#end = end
    this.#fail = fail
  }

  submit(wire: Wire): void {
    const { pin, text, values } = this.#question.statement
    this.#wire = wire
    wire.stream.cork?.()
    wire.parse({ name: "", text: pin.text, types: [] }, true)
    wire.bind({ values: [...pin.values] }, true)
    wire.execute({}, true)
    wire.parse({ name: "", text, types: [] }, true)
    wire.bind({ values: [...values], binary: true }, true)
    wire.execute({ rows: this.#question.rows }, true)
    wire.flush()
    wire.stream.uncork?.()
  }

  handleDataRow({ fields, length }: DataRow): void {
    if (this.#before > 0 || this.#isOver) return
    this.#rows.push(fields)
    this.#bytes += length
  }

  handleCommandComplete(): void {
    if (this.#before > 0) {
      this.#before -= 1
      this.#traits.isRaw = true
      return
    }
    this.#give(false)
  }

  handlePortalSuspended(): void {
    this.#give(true)
  }

  handleReadyForQuery(): void {
    this.#traits.isRaw = false
    if (this.#isOver) return
    this.#isOver = true
    this.#end({ rows: [], bytes: this.#bytes, complete: true, reusable: true })
  }

  handleError(error: unknown): void {
    this.#traits.isRaw = false
    // After an error the server reads on to the next sync.
    this.#wire?.sync()
    if (this.#isOver) return
    this.#isOver = true
    this.#fail(error)
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {}

  #give(hasMore: boolean): void {
    const rows = this.#rows
    this.#rows = []
    this.#question.give(rows, (next) => {
      if (this.#isOver) return
      if (next > 0 && hasMore) {
        this.#wire?.execute({ rows: next }, true)
        this.#wire?.flush()
      } else this.#wire?.sync()
    })
  }
}

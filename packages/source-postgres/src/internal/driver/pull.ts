import { ConnectorError } from "@starbase-replication/core/source"
import { type Statement, type Taken, Taker } from "@starbase-replication/sql-source"
import type { Convert } from "../values.ts"
import type { DataRow } from "./rows.ts"

/** What pg's connection offers a query that speaks the protocol itself. */
interface Wire {
  readonly stream: { readonly cork?: () => void; readonly uncork?: () => void }
  parse(query: { name: string; text: string; types: Array<string> }, more: boolean): void
  bind(config: { values: Array<string> }, more: boolean): void
  describe(message: { type: string; name: string }, more: boolean): void
  execute(config: Record<never, never>, more: boolean): void
  sync(): void
}

/** What pg says of a result's columns. */
interface RowDescription {
  readonly fields: ReadonlyArray<{ readonly name: string; readonly dataTypeID: number; readonly tableID: number }>
}

/** A statement, and what runs before it in the same transaction, where that is not one of several statements. */
export interface Pinned extends Statement {
  readonly pin?: Statement
}

/** What to do with the rows. */
export interface Take {
  /** What converts the values of a column, by the column's place; columns without stay as they came. */
  readonly converts: ReadonlyArray<readonly [place: number, convert: Convert]>
  /** The ids of the types that the columns must have, where they are known. */
  readonly types: ReadonlyArray<number | undefined>
  /** The id of the table that the columns must be of, where it is known. */
  readonly table?: number | undefined
  /** The places of columns whose values go into later statements, and so must have come whole. */
  readonly bounds: ReadonlyArray<number>
  /** No row is taken after this many bytes. */
  readonly maxBytes: number
}

export interface Question {
  readonly statement: Pinned
  readonly take: Take
}

/** What a session is like. */
export interface SessionTraits {
  /** True where the database keeps bytes without an encoding, so that a text may be none. */
  readonly isUnencoded: boolean
}

/** What a value reads as where its bytes are no UTF-8. */
const replacement = "\uFFFD"

/** No text: see `Value`. Whatever follows sets its row aside. */
const noText = "\uDFFD"

const notText = () =>
  new ConnectorError({
    code: "unsupported",
    message: "The database has no encoding (SQL_ASCII), and a key or cursor is not UTF-8 text",
    hint: "Mend the value, leave its row out, or move the data to a database with an encoding.",
  })

const placesOfBroken = (fields: ReadonlyArray<string | null>): ReadonlyArray<number> =>
  fields.flatMap((value, place) => (value?.includes(replacement) === true ? [place] : []))

const changed = (name: string) =>
  new ConnectorError({
    code: "schema-changed",
    message: `The type of column "${name}" changed while the table was read; the next run meets the table as it is then`,
    column: name,
  })

const swapped = () =>
  new ConnectorError({
    code: "schema-changed",
    message: "Another table took this one's place while it was read; the next run meets the table as it is then",
  })

/**
 * A query for pg that sends both statements in one round trip: up to the sync they are one transaction. Rows are pg's
 * own arrays of texts, changed in place, so that a row costs no copy.
 */
export class Pull {
  readonly #statement: Pinned
  readonly #take: Take
  readonly #traits: SessionTraits
  readonly #end: (taken: Taken) => void
  readonly #fail: (error: unknown) => void
  readonly #taker: Taker<Array<string | null>>
  #along: ReadonlyArray<Pull> = []
  #isSent = false
  #described = false
  #ended = false

  constructor(
    { statement, take }: Question,
    traits: SessionTraits,
    end: (taken: Taken) => void,
    fail: (error: unknown) => void,
  ) {
    this.#statement = statement
    this.#take = take
    this.#taker = new Taker(take.maxBytes)
    this.#traits = traits
    this.#end = end
    this.#fail = fail
  }

  /** Has others sent along, which then need not be sent any more. */
  sendWith(others: ReadonlyArray<Pull>): void {
    this.#along = others
  }

  submit(wire: Wire): void {
    if (this.#isSent) return
    wire.stream.cork?.()
    for (const pull of [this, ...this.#along]) pull.#send(wire)
    wire.stream.uncork?.()
  }

  #send(wire: Wire): void {
    const { pin, text, values } = this.#statement
    this.#isSent = true
    if (pin !== undefined) {
      wire.parse({ name: "", text: pin.text, types: [] }, true)
      wire.bind({ values: [...pin.values] }, true)
      wire.execute({}, true)
    }
    wire.parse({ name: "", text, types: [] }, true)
    wire.bind({ values: [...values] }, true)
    wire.describe({ type: "P", name: "" }, true)
    wire.execute({}, true)
    wire.sync()
  }

  /** Only the second statement is described, so its rows are those that follow. */
  handleRowDescription({ fields }: RowDescription): void {
    this.#described = true
    const other = fields.find(({ dataTypeID }, place) => {
      const type = this.#take.types[place]
      return type !== undefined && type !== dataTypeID
    })
    if (other !== undefined) this.handleError(changed(other.name))
    const { table } = this.#take
    // What is computed is of no table.
    if (table !== undefined && fields.some(({ tableID }) => tableID !== 0 && tableID !== table))
      this.handleError(swapped())
  }

  handleDataRow({ fields, length }: DataRow): void {
    if (!this.#described || this.#ended) return
    if (this.#taker.isFull()) {
      if (!this.#taker.leave(length)) this.#finish(false)
      return
    }
    const broken = this.#traits.isUnencoded ? placesOfBroken(fields) : []
    if (broken.some((place) => this.#take.bounds.includes(place))) {
      this.handleError(notText())
      return
    }
    for (const [place, convert] of this.#take.converts) {
      const value = fields[place]
      if (value !== null && value !== undefined) fields[place] = convert(value)
    }
    for (const place of broken) fields[place] = noText
    this.#taker.rows.push(fields)
    this.#taker.bytes += length - 6 - 4 * fields.length
  }

  handleReadyForQuery(): void {
    this.#finish(true)
  }

  handleError(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#fail(error)
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  #finish(reusable: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#end(this.#taker.end(reusable))
  }
}

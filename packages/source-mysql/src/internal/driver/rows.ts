import { ConnectorError } from "@starbase-replication/core/source"
import type { RawValue } from "../values.ts"

/** A row in what the server sent, from `offset` to `end`. */
export interface RowPacket {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
}

/** What mysql2 gives the steps of a query. */
interface Packet extends RowPacket {
  readonly isEOF: () => boolean
}

/** A step of a query: takes a packet and gives the step for the next one. */
type Step = (packet: Packet, connection: unknown) => Step | null

/** The step of mysql2's queries that takes a row, or what comes after the rows. */
export interface RowStep {
  row: Step
}

/**
 * Has the rows of a query read by `take`, before an answer comes. mysql2's own reader makes an object and closures for
 * each value, which is most of what a load costs in a Worker; it still makes out where a row begins and ends.
 */
export const takeRows = (query: RowStep, take: (row: RowPacket) => void): void => {
  const { row: other } = query
  const row: Step = (packet, connection) => {
    if (packet.isEOF()) return other.call(query, packet, connection)
    take(packet)
    return row
  }
  query.row = row
}

/** In place of a length, stands for NULL; a lower byte is the length itself. */
const nullByte = 251

/** How many bytes of length follow a higher byte. */
const lengthSizes = new Map([
  [252, 2],
  [253, 3],
  [254, 8],
])

/** The values of larger rows are decoded one by one, so that a short one does not keep all of its row in memory. */
const mostDecoded = 65_536

/** Reads row after row, value after value; fails on a row that is not whole. */
export class RowReader implements RawValue {
  /** How many bytes the values had that were read. */
  length = 0
  #buffer: Buffer = Buffer.alloc(0)
  #text: string | undefined
  #offset = 0
  #start = 0
  #at = 0
  #end = 0

  /** Turns to a row. */
  open({ buffer, offset, end }: RowPacket): void {
    this.#buffer = buffer
    this.#offset = offset
    this.#at = offset
    this.#end = end
    // One call into the runtime for a row costs far less than one for each value.
    this.#text = end - offset > mostDecoded ? undefined : buffer.toString("latin1", offset, end)
  }

  /** Turns to the row's next value; false where it is NULL. */
  next(): boolean {
    const first = this.#number(1)
    if (first === nullByte) return false
    const length = first < nullByte ? first : this.#number(lengthSizes.get(first) ?? malformed())
    this.#start = this.#skip(length)
    this.length += length
    return true
  }

  /** Fails where the row has more values. */
  close(): void {
    if (this.#at !== this.#end) malformed()
  }

  latin1(): string {
    return this.#text === undefined
      ? this.#buffer.toString("latin1", this.#start, this.#at)
      : this.#text.slice(this.#start - this.#offset, this.#at - this.#offset)
  }

  utf8(): string {
    return this.#buffer.toString("utf8", this.#start, this.#at)
  }

  bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#at)
  }

  /** Goes on over so many bytes, and gives where they began. */
  #skip(size: number): number {
    const start = this.#at
    this.#at += size
    if (this.#at > this.#end) malformed()
    return start
  }

  #number(size: number): number {
    const start = this.#skip(size)
    let number = 0
    for (let place = this.#at - 1; place >= start; place--) number = number * 256 + (this.#buffer[place] ?? 0)
    return number
  }
}

const malformed = (): never => {
  throw new ConnectorError({ code: "unknown", message: "The server sent a row that is not of the MySQL protocol" })
}

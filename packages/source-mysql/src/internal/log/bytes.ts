import { ConnectorError } from "@starbase-replication/core/source"
import type { RawValue } from "../values.ts"

/** Reads numbers and pieces from bytes; fails past their end. Numbers are little-endian unless it says otherwise. */
export class Bytes {
  readonly buffer: Buffer
  at = 0

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  get left(): number {
    return this.buffer.length - this.at
  }

  skip(size: number): number {
    const start = this.at
    this.at += size
    if (this.at > this.buffer.length) malformed()
    return start
  }

  take(size: number): Buffer {
    const start = this.skip(size)
    return this.buffer.subarray(start, this.at)
  }

  /** A whole number of at most six bytes. */
  unsigned(size: number): number {
    return size === 0 ? 0 : this.buffer.readUIntLE(this.skip(size), size)
  }

  signed(size: number): number {
    return this.buffer.readIntLE(this.skip(size), size)
  }

  unsignedBE(size: number): number {
    return size === 0 ? 0 : this.buffer.readUIntBE(this.skip(size), size)
  }

  unsigned64(): bigint {
    return this.buffer.readBigUInt64LE(this.skip(8))
  }

  signed64(): bigint {
    return this.buffer.readBigInt64LE(this.skip(8))
  }

  /** A number of the protocol's own form, of one byte up to nine. */
  packed(): number {
    const first = this.unsigned(1)
    if (first < 251) return first
    if (first === 252) return this.unsigned(2)
    if (first === 253) return this.unsigned(3)
    const number = this.unsigned64()
    return first === 254 && number < 2n ** 48n ? Number(number) : malformed()
  }
}

export const malformed = (): never => {
  throw new ConnectorError({ code: "unknown", message: "The server sent an event that is not of its binlog's form" })
}

/** A value whose text has a byte for each character. */
export class Plain implements RawValue {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  latin1(): string {
    return this.#text
  }

  utf8(): string {
    return this.#text
  }

  bytes(): Buffer {
    return Buffer.from(this.#text, "latin1")
  }
}

/** A value as bytes, which are UTF-8 where they are a text. */
export class Raw implements RawValue {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  latin1(): string {
    return this.#bytes.toString("latin1")
  }

  utf8(): string {
    return this.#bytes.toString("utf8")
  }

  bytes(): Buffer {
    return this.#bytes
  }
}

/**
 * The messages of pgoutput, version 1 of its protocol
 * (https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html), read from a text with a character for
 * each byte: slices of a text cost less in a Worker than calls to read numbers from bytes.
 */

/** A value: its text, null, or undefined where it was not sent because it is as it was. */
export type Told = string | null | undefined

export interface RelationColumn {
  readonly name: string
  readonly type: number
  readonly modifier: number
}

export type Message =
  | { readonly kind: "begin"; readonly final: bigint; readonly transaction: number }
  | { readonly kind: "commit"; readonly end: bigint }
  | {
      readonly kind: "relation"
      readonly id: number
      readonly schema: string
      readonly name: string
      readonly columns: ReadonlyArray<RelationColumn>
    }
  | { readonly kind: "insert"; readonly id: number; readonly now: ReadonlyArray<Told>; readonly isCut: boolean }
  | {
      readonly kind: "update"
      readonly id: number
      readonly old: OldRow | undefined
      readonly now: ReadonlyArray<Told>
      readonly isCut: boolean
    }
  | { readonly kind: "delete"; readonly id: number; readonly old: OldRow; readonly isCut: boolean }
  | { readonly kind: "truncate"; readonly ids: ReadonlyArray<number> }
  | { readonly kind: "other" }

/** A row as it was: whole, or its identity's columns, all others being null. */
export interface OldRow {
  readonly isWhole: boolean
  readonly values: ReadonlyArray<Told>
}

const beyondAscii = /[\u0080-\u00ff]/

/** The text that bytes stand for. */
const utf8 = (bytes: string): string =>
  beyondAscii.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes

/** Reads a message from its bytes. */
class Reader {
  readonly #bytes: string
  #at = 1
  /** Whether the message went on where its bytes end. */
  isCut = false

  constructor(bytes: string) {
    this.#bytes = bytes
  }

  byte(): number {
    return this.#bytes.charCodeAt(this.#at++)
  }

  int16(): number {
    return (this.byte() << 8) | this.byte()
  }

  int32(): number {
    return (this.byte() << 24) | (this.byte() << 16) | (this.byte() << 8) | this.byte()
  }

  id(): number {
    return this.int32() >>> 0
  }

  int64(): bigint {
    return (BigInt(this.id()) << 32n) | BigInt(this.id())
  }

  letter(): string {
    return this.#bytes.charAt(this.#at++)
  }

  string(): string {
    const end = this.#bytes.indexOf("\0", this.#at)
    const text = this.#bytes.slice(this.#at, end)
    this.#at = end + 1
    return utf8(text)
  }

  skip(bytes: number): void {
    this.#at += bytes
  }

  row(): ReadonlyArray<Told> {
    const values: Array<Told> = []
    for (let left = this.int16(); left > 0; left--) {
      const kind = this.letter()
      if (kind === "n") values.push(null)
      else if (kind === "u") values.push(undefined)
      else {
        const length = this.int32()
        this.isCut ||= this.#at + length > this.#bytes.length
        // What was cut is not told.
        values.push(this.isCut ? undefined : utf8(this.#bytes.slice(this.#at, this.#at + length)))
        this.#at += length
      }
      if (this.isCut) break
    }
    return values
  }
}

/** Reads one message, whose bytes are given one character each; of a row's values, the end may be missing. */
export const decodeMessage = (bytes: string): Message => {
  const read = new Reader(bytes)
  switch (bytes.charAt(0)) {
    case "B": {
      const final = read.int64()
      read.skip(8)
      return { kind: "begin", final, transaction: read.id() }
    }
    case "C": {
      read.skip(1 + 8)
      return { kind: "commit", end: read.int64() }
    }
    case "R": {
      const [id, schema, name] = [read.id(), read.string(), read.string()]
      read.skip(1)
      const columns = Array.from({ length: read.int16() }, () => {
        read.skip(1)
        return { name: read.string(), type: read.id(), modifier: read.int32() }
      })
      return { kind: "relation", id, schema, name, columns }
    }
    case "I": {
      const id = read.id()
      read.skip(1)
      return { kind: "insert", id, now: read.row(), isCut: read.isCut }
    }
    case "U": {
      const id = read.id()
      const letter = read.letter()
      if (letter === "N") return { kind: "update", id, old: undefined, now: read.row(), isCut: read.isCut }
      const old = { isWhole: letter === "O", values: read.row() }
      if (read.isCut) return { kind: "update", id, old, now: [], isCut: true }
      read.skip(1)
      return { kind: "update", id, old, now: read.row(), isCut: read.isCut }
    }
    case "D": {
      const id = read.id()
      const isWhole = read.letter() === "O"
      return { kind: "delete", id, old: { isWhole, values: read.row() }, isCut: read.isCut }
    }
    case "T": {
      const count = read.int32()
      read.skip(1)
      return { kind: "truncate", ids: Array.from({ length: count }, () => read.id()) }
    }
    default:
      return { kind: "other" }
  }
}

/** A row as the server sent it: its values as texts, and the length of its message. */
export interface DataRow {
  readonly fields: Array<string | null>
  readonly length: number
}

const dataRow = "D".charCodeAt(0)
const headerLength = 5
/** A message's length counts the four bytes that tell it. */
const leastLength = 4

/** What pg listens to: the server's answers from the first one on, after TLS. */
interface Answers {
  readonly on: (event: string, listener: (chunk: Buffer) => void) => unknown
}

/** The part of pg's connections that reads, as far as it is known here. */
interface Connection {
  attachListeners?: (answers: Answers) => void
  emit(event: "dataRow", row: DataRow): unknown
}

/** Has rows read by {@link makeSplitter}; pg gives them to the statement under way as if it had read them. */
export const takeRows = (connection: Connection, isRaw: () => boolean = () => false): void => {
  const attach = connection.attachListeners
  connection.attachListeners = (answers) =>
    attach?.call(connection, {
      on: (event, listener) =>
        answers.on(
          event,
          event === "data" ? makeSplitter(listener, (row) => connection.emit("dataRow", row), isRaw) : listener,
        ),
    })
}

/**
 * Takes the rows out of what a server sends and leaves all other messages to pg. Its own reader calls into the runtime for
 * each value; here it is one call for a row, because most rows are plain ASCII. Neither a chunk nor what is left to pg is
 * kept: their memory is used again.
 */
export const makeSplitter = (
  leave: (messages: Buffer) => void,
  take: (row: DataRow) => void,
  isRaw: () => boolean = () => false,
): ((chunk: Buffer) => void) => {
  const unfinished = makeUnfinished()
  let wanted = headerLength
  /** True once there was something that is no message: pg says what is wrong with it. */
  let isBroken = false

  return (chunk) => {
    if (isBroken) return leave(Buffer.from(chunk))
    const bytes = unfinished.with(chunk)
    if (bytes.length < wanted) return unfinished.keep(bytes)
    let at = 0
    let left = 0
    wanted = headerLength
    while (bytes.length - at >= headerLength) {
      const length = bytes.readInt32BE(at + 1)
      if (length < leastLength) {
        isBroken = true
        return leave(Buffer.from(bytes.subarray(left)))
      }
      const end = at + 1 + length
      if (end > bytes.length) {
        wanted = end - at
        break
      }
      if (bytes[at] === dataRow) {
        if (left < at) leave(bytes.subarray(left, at))
        left = end
        take({ fields: readFields(bytes, at + headerLength, end, isRaw()), length })
      }
      at = end
    }
    if (left < at) leave(bytes.subarray(left, at))
    unfinished.keep(bytes.subarray(at))
  }
}

/** The memory for unfinished messages is used again up to this size, in bytes. */
const mostKept = 1_000_000

/** The beginning of a message whose end has not come. */
const makeUnfinished = () => {
  let memory = Buffer.alloc(0)
  let length = 0

  const grow = (size: number) => {
    if (size <= memory.length) return
    const larger = Buffer.alloc(Math.max(size, memory.length * 2))
    memory.copy(larger, 0, 0, length)
    memory = larger
  }
  return {
    /** The beginning and what follows it. */
    with: (chunk: Buffer): Buffer => {
      if (length === 0) return chunk
      grow(length + chunk.length)
      chunk.copy(memory, length)
      return memory.subarray(0, length + chunk.length)
    },
    /** Keeps the end of what {@link with} gave. */
    keep: (bytes: Buffer): void => {
      if (memory.length > mostKept && bytes.length <= mostKept) memory = Buffer.from(bytes)
      else {
        grow(bytes.length)
        // Where it lies in this memory already, copy moves it.
        bytes.copy(memory)
      }
      length = bytes.length
    },
  }
}

const beyondAscii = /[\u0080-\u00ff]/

/**
 * The values of a row's message, which follow the number of them, each behind its length; a length below 0 is a NULL. Raw
 * ones have a character for each byte.
 */
const readFields = (bytes: Buffer, start: number, end: number, isRaw: boolean): Array<string | null> => {
  const text = bytes.toString("latin1", start, end)
  const isForeign = !isRaw && beyondAscii.test(text)
  const fields: Array<string | null> = []
  let at = 2
  while (at < text.length) {
    const length =
      (text.charCodeAt(at) << 24) |
      (text.charCodeAt(at + 1) << 16) |
      (text.charCodeAt(at + 2) << 8) |
      text.charCodeAt(at + 3)
    at += 4
    if (length < 0) {
      fields.push(null)
      continue
    }
    const value = text.slice(at, at + length)
    fields.push(isForeign && beyondAscii.test(value) ? bytes.toString("utf8", start + at, start + at + length) : value)
    at += length
  }
  return fields
}

import type mysql from "mysql2"

/** The events of a binlog as they come, some at a time: the server waits while nobody asks for more. */
export interface Dump {
  /** Calls one of the two, with undefined once there are no more. To be called once at a time. */
  readonly next: (end: (events: ReadonlyArray<Buffer> | undefined) => void, fail: (error: unknown) => void) => void
}

/** A packet of mysql2's, as far as it is known here. */
interface Packet {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
  readonly isEOF: () => boolean
  readonly isError: () => boolean
  readonly asError: (encoding: string) => unknown
}

/** What mysql2's connections do with a command: they give it each packet until it says that it is done. */
interface Commanding {
  readonly addCommand: (command: {
    readonly execute: (packet: Packet | undefined) => boolean
    readonly onResult: (error: unknown) => void
  }) => void
  readonly writePacket: (packet: {
    readonly buffer: Buffer
    readonly length: () => number
    readonly writeHeader: (sequence: number) => void
  }) => void
}

/** No more bytes wait to be taken than about so many. */
const most = 1_000_000

const headerBytes = 4

/** Sends a command that is answered by events, and collects them. mysql2's own takes no name of a file. */
export const startDump = (connection: mysql.Connection, command: Buffer) => {
  const commanding = connection as unknown as Commanding
  let events: Array<Buffer> = []
  let bytes = 0
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  let waiting: { readonly end: Parameters<Dump["next"]>[0]; readonly fail: Parameters<Dump["next"]>[1] } | undefined

  const give = () => {
    if (waiting === undefined) return
    const { end, fail } = waiting
    if (events.length > 0) {
      waiting = undefined
      const given = events
      events = []
      bytes = 0
      end(given)
    } else if (failure !== undefined) {
      waiting = undefined
      fail(failure.error)
    } else if (isOver) {
      waiting = undefined
      end(undefined)
    }
  }
  const failed = (error: unknown) => {
    if (isOver) return
    failure ??= { error }
    give()
  }
  const send = () => {
    const buffer = Buffer.concat([Buffer.alloc(headerBytes), command])
    const writeHeader = (sequence: number) => {
      buffer.writeUIntLE(command.length, 0, 3)
      buffer.writeUInt8(sequence, 3)
    }
    commanding.writePacket({ buffer, length: () => buffer.length, writeHeader })
  }
  commanding.addCommand({
    onResult: failed,
    execute: (packet) => {
      if (packet === undefined) {
        send()
        return false
      }
      if (packet.isError()) {
        failed(packet.asError("utf8"))
        return true
      }
      if (packet.isEOF()) {
        isOver = true
        give()
        return true
      }
      // The first byte says that all is well.
      events.push(packet.buffer.subarray(packet.offset + 1, packet.end))
      bytes += packet.end - packet.offset
      if (bytes >= most) connection.pause()
      // What came in one piece is taken in one.
      if (events.length === 1) queueMicrotask(give)
      return false
    },
  })
  const dump: Dump = {
    next: (end, fail) => {
      waiting = { end, fail }
      give()
      if (waiting !== undefined) connection.resume()
    },
  }
  return { dump, fail: failed }
}

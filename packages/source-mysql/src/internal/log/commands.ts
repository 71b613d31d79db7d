import type { MysqlGtids } from "@starbase-replication/core/source"
import type { Place } from "./positions.ts"

/** Has the server end its answer where its log ends, and not wait for more. */
const goesNoFurther = 1

/** Asks for the events from a place of a file on, or where that is left out from where the session's settings say. */
export const dumpFrom = (server: number, { file, at }: Place = { file: "", at: 4 }): Buffer => {
  const head = Buffer.alloc(11)
  head.writeUInt8(0x12, 0)
  head.writeUInt32LE(at, 1)
  head.writeUInt16LE(goesNoFurther, 5)
  head.writeUInt32LE(server, 7)
  return Buffer.concat([head, Buffer.from(file, "latin1")])
}

const byGtid = 4

/** Asks MySQL for all transactions that are not among these. */
export const dumpPast = (server: number, { servers }: MysqlGtids): Buffer => {
  const sets = Array.from(servers, ([uuid, spans]) => {
    const set = Buffer.alloc(24 + 16 * spans.length)
    Buffer.from(uuid.replaceAll("-", ""), "hex").copy(set)
    set.writeBigUInt64LE(BigInt(spans.length), 16)
    for (const [place, [first, last]] of spans.entries()) {
      set.writeBigUInt64LE(first, 24 + 16 * place)
      set.writeBigUInt64LE(last + 1n, 32 + 16 * place)
    }
    return set
  })
  const count = Buffer.alloc(8)
  count.writeBigUInt64LE(BigInt(sets.length))
  const data = Buffer.concat([count, ...sets])
  const head = Buffer.alloc(23)
  head.writeUInt8(0x1e, 0)
  head.writeUInt16LE(goesNoFurther | byGtid, 1)
  head.writeUInt32LE(server, 3)
  head.writeUInt32LE(0, 7)
  head.writeBigUInt64LE(4n, 11)
  head.writeUInt32LE(data.length, 19)
  return Buffer.concat([head, data])
}

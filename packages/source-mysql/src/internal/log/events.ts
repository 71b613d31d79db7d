import { inflateSync } from "node:zlib"
import { Bytes, malformed } from "./bytes.ts"
import { type EventType, metaSizes } from "./columns.ts"

/** The kinds of events that tell something here, by their numbers: MySQL's first, then those of MariaDB. */
export const kinds = {
  query: 2,
  stop: 3,
  rotate: 4,
  intvar: 5,
  rand: 13,
  userVar: 14,
  format: 15,
  xid: 16,
  tableMap: 19,
  incident: 26,
  heartbeat: 27,
  ignorable: 28,
  rowsQuery: 29,
  gtid: 33,
  previousGtids: 35,
  transactionContext: 36,
  viewChange: 37,
  xaPrepare: 38,
  partialUpdate: 39,
  payload: 40,
  heartbeat2: 41,
  annotate: 160,
  checkpoint: 161,
  mariadbGtid: 162,
  gtidList: 163,
  encryption: 164,
  compressedQuery: 165,
} as const

/** Events that say nothing of any row. */
export const silent: ReadonlySet<number> = new Set([
  kinds.stop,
  kinds.intvar,
  kinds.rand,
  kinds.userVar,
  kinds.format,
  kinds.heartbeat,
  kinds.ignorable,
  kinds.rowsQuery,
  kinds.previousGtids,
  kinds.transactionContext,
  kinds.viewChange,
  kinds.heartbeat2,
  kinds.annotate,
  kinds.checkpoint,
  kinds.gtidList,
  kinds.encryption,
])

const headerBytes = 19

export interface Event {
  readonly kind: number
  readonly server: number
  /** Where it ends in its file; 0 for one that was made up for us. */
  readonly end: number
  readonly isIgnorable: boolean
  readonly body: Buffer
}

const checkSumBytes = 4

/** Whether a file's events end in check sums, as its first one says in the byte before its own. */
const hasCheckSums = (format: Buffer): boolean => format.at(-1 - checkSumBytes) === 1

/** Makes the function that reads the head of each event, in their order, and takes its check sum off. */
export const makeReadEvent = () => {
  let sumBytes = 0
  return (bytes: Buffer): Event => {
    if (bytes.length < headerBytes + sumBytes) return malformed()
    const kind = bytes.readUInt8(4)
    if (kind === kinds.format) sumBytes = hasCheckSums(bytes) ? checkSumBytes : 0
    return {
      kind,
      server: bytes.readUInt32LE(5),
      end: bytes.readUInt32LE(13),
      isIgnorable: (bytes.readUInt16LE(17) & 0x80) !== 0,
      body: bytes.subarray(headerBytes, bytes.length - sumBytes),
    }
  }
}

/** The name of the file that comes next. */
export const readRotate = (body: Buffer): string => body.toString("latin1", 8)

export interface Query {
  readonly database: string
  readonly text: string
}

/** A statement, and the database that names without one are of. Its text has a character for each byte. */
export const readQuery = (body: Buffer, isCompressed: boolean): Query => {
  const read = new Bytes(body)
  read.skip(8)
  const databaseLength = read.unsigned(1)
  read.skip(2)
  read.skip(read.unsigned(2))
  const database = read.take(databaseLength).toString("latin1")
  read.skip(1)
  const rest = read.take(read.left)
  return { database, text: (isCompressed ? inflate(rest) : rest).toString("latin1") }
}

/** MariaDB's form of what it has compressed: how many bytes say the length, the length, and what zlib made of the rest. */
const inflate = (bytes: Buffer): Buffer => {
  const first = bytes.readUInt8(0)
  if ((first & 0xf0) !== 0x80) return malformed()
  return inflateSync(bytes.subarray(1 + (first & 0x07)))
}

export interface TableMap {
  readonly id: number
  readonly schema: string
  readonly name: string
  readonly types: ReadonlyArray<EventType>
}

/** Which table rows are of, and the types of its columns. */
export const readTableMap = (body: Buffer): TableMap => {
  const read = new Bytes(body)
  const id = read.unsigned(6)
  read.skip(2)
  const name = () => {
    const text = read.take(read.unsigned(1)).toString("utf8")
    read.skip(1)
    return text
  }
  const [schema, table] = [name(), name()]
  const columns = read.take(read.packed())
  read.packed()
  const types = Array.from(columns, (type) => ({ type, meta: read.unsigned(metaSizes.get(type) ?? 0) }))
  return { id, schema, name: table, types }
}

export interface Rows {
  readonly table: number
  readonly change: "insert" | "update" | "delete"
  /** Whether each row has all columns, before and after. */
  readonly isFull: boolean
  readonly columns: number
  readonly data: Buffer
}

const changes = new Map<
  number,
  { readonly change: Rows["change"]; readonly hasMore: boolean; readonly isPacked: boolean }
>(
  (["insert", "update", "delete"] as const).flatMap((change, place) => [
    [23 + place, { change, hasMore: false, isPacked: false }],
    [30 + place, { change, hasMore: true, isPacked: false }],
    [166 + place, { change, hasMore: false, isPacked: true }],
    [169 + place, { change, hasMore: true, isPacked: true }],
  ]),
)

/** The rows of an event; undefined for one that has none. */
export const readRows = (kind: number, body: Buffer): Rows | undefined => {
  const form = changes.get(kind)
  if (form === undefined) return undefined
  const read = new Bytes(body)
  const table = read.unsigned(6)
  read.skip(2)
  if (form.hasMore) read.skip(read.unsigned(2) - 2)
  const columns = read.packed()
  const isAll = () => {
    const bits = read.take((columns + 7) >> 3)
    for (let place = 0; place < columns; place++) if ((((bits[place >> 3] ?? 0) >> (place & 7)) & 1) === 0) return false
    return true
  }
  const isFull = [isAll(), form.change !== "update" || isAll()].every(Boolean)
  const rest = read.take(read.left)
  return { table, change: form.change, isFull, columns, data: form.isPacked ? inflate(rest) : rest }
}

/** Which transaction comes, and how: MariaDB's. */
export const readMariadbGtid = ({ server, body }: Event) => {
  const read = new Bytes(body)
  const number = read.unsigned64()
  const domain = read.unsigned(4)
  const flags = read.unsigned(1)
  return { domain, server, number, isAlone: (flags & 1) !== 0, isPrepared: (flags & 64) !== 0 }
}

/** Which transaction comes: MySQL's. */
export const readMysqlGtid = (body: Buffer) => {
  const read = new Bytes(body)
  read.skip(1)
  const server = read
    .take(16)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
  return { server, number: read.unsigned64() }
}

/** Which transaction was prepared to be committed later, or was committed in this one step. */
export const readXaPrepare = (body: Buffer) => {
  const read = new Bytes(body)
  const isCommitted = read.unsigned(1) !== 0
  const format = read.unsigned(4)
  const [global, branch] = [read.unsigned(4), read.unsigned(4)]
  return { isCommitted, xid: xidOf(read.take(global).toString("hex"), read.take(branch).toString("hex"), format) }
}

/** A name for a transaction that is committed in two steps. */
export const xidOf = (global: string, branch: string, format: number): string => `${global},${branch},${format}`

import type { RawValue } from "../values.ts"
import { bareType, isSpatial, membersOf } from "../types.ts"
import { Raw } from "./bytes.ts"
import type { LayoutColumn } from "./layout.ts"
import { inet4, inet6, uuid } from "./types/addresses.ts"
import type { Decode } from "./types/decode.ts"
import { jsonValue } from "./types/json.ts"
import { enumeration, set } from "./types/members.ts"
import { bit, decimal, double, float, integer, year } from "./types/numbers.ts"
import { fromCharset } from "./types/texts.ts"
import { date, dateTime, time, timestamp } from "./types/times.ts"

/** A column's type as an event has it: its number, and what is said of it besides. */
export interface EventType {
  readonly type: number
  readonly meta: number
}

/** The numbers of types, and how many bytes are said of each besides. */
export const metaSizes = new Map<number, number>([
  [4, 1],
  [5, 1],
  [15, 2],
  [16, 2],
  [17, 1],
  [18, 1],
  [19, 1],
  [140, 1],
  [141, 2],
  [242, 1],
  [245, 1],
  [246, 2],
  [247, 2],
  [248, 2],
  [249, 1],
  [250, 1],
  [251, 1],
  [252, 1],
  [253, 2],
  [254, 2],
  [255, 1],
])

const blob = 252

const integers = new Map<string, readonly [type: number, size: number]>([
  ["tinyint", [1, 1]],
  ["smallint", [2, 2]],
  ["mediumint", [9, 3]],
  ["int", [3, 4]],
  ["bigint", [8, 8]],
])

/** A type that shares its number with others: which one it is, and of how many bytes. */
const fixedOf = (meta: number): { readonly type: number; readonly size: number } => {
  const [first, second] = [meta & 0xff, meta >> 8]
  if ((first & 0x30) === 0x30) return { type: first, size: second }
  return { type: first | 0x30, size: second | (((first & 0x30) ^ 0x30) << 4) }
}

const lengthOf = (most: number): number => (most > 255 ? 2 : 1)

const prefixed =
  (size: number, toValue: (bytes: Buffer) => RawValue): Decode =>
  (bytes) =>
    toValue(bytes.take(bytes.unsigned(size)))

const raw = (bytes: Buffer): RawValue => new Raw(bytes)

/** Fills up what the log leaves out of a fixed number of bytes. */
const filled =
  (size: number) =>
  (bytes: Buffer): RawValue =>
    new Raw(bytes.length === size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]))

/**
 * What reads a column's values from events; undefined where the events' type is not the one that the column is described
 * with.
 */
export const decodeOf = (
  { declared, charset = "binary" }: LayoutColumn,
  { type, meta }: EventType,
): Decode | undefined => {
  const bare = bareType(declared)
  const whole = integers.get(bare)
  if (whole !== undefined) return type === whole[0] ? integer(whole[1], / unsigned\b/.test(declared)) : undefined
  const toText = fromCharset(charset)
  switch (bare) {
    case "float":
      return type === 4 ? float : undefined
    case "double":
      return type === 5 ? double : undefined
    case "year":
      return type === 13 ? year : undefined
    case "date":
      return type === 10 || type === 14 ? date : undefined
    case "decimal":
      return type === 246 && declared.startsWith(`decimal(${meta & 0xff},${meta >> 8})`)
        ? decimal(meta & 0xff, meta >> 8)
        : undefined
    case "bit":
      return type === 16 && declared === `bit(${(meta & 0xff) + 8 * (meta >> 8)})`
        ? bit((meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0))
        : undefined
    case "time":
      return type === 19 ? time(meta) : undefined
    case "datetime":
      return type === 18 ? dateTime(meta) : undefined
    case "timestamp":
      return type === 17 ? timestamp(meta) : undefined
    case "enum":
    case "set": {
      const fixed = fixedOf(meta)
      if (type !== 254 || fixed.type !== (bare === "enum" ? 247 : 248)) return undefined
      return (bare === "enum" ? enumeration : set)(membersOf(declared) ?? [], fixed.size)
    }
    case "varchar":
    case "varbinary":
      return type === 15 && toText !== undefined
        ? prefixed(lengthOf(meta), bare === "varchar" ? toText : raw)
        : undefined
    case "char":
    case "binary": {
      const fixed = fixedOf(meta)
      if (type !== 254 || fixed.type !== 254 || toText === undefined) return undefined
      return prefixed(lengthOf(fixed.size), bare === "char" ? toText : filled(fixed.size))
    }
    case "uuid":
    case "inet6":
    case "inet4":
      return type === 254 ? { uuid, inet6, inet4 }[bare] : undefined
    case "json":
      return type === 245 ? prefixed(meta, jsonValue) : undefined
    case "vector":
      return type === 242 || type === blob || type === 15
        ? prefixed(type === 15 ? lengthOf(meta) : meta, raw)
        : undefined
    default:
      if (isSpatial(declared)) return type === 255 ? prefixed(meta, raw) : undefined
      if (bare.endsWith("blob")) return type === blob ? prefixed(meta, raw) : undefined
      return type === blob && toText !== undefined ? prefixed(meta, toText) : undefined
  }
}

/** Bytes of values of a fixed size, by the number of their type. */
const sizes = new Map<number, number>([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 8],
  [6, 0],
  [7, 4],
  [8, 8],
  [9, 3],
  [10, 3],
  [11, 3],
  [12, 8],
  [13, 1],
  [14, 3],
])

/** What goes on over a value that nobody wants; undefined for a type that is not known. */
export const skipOf = ({ type, meta }: EventType): Decode | undefined => {
  const size = sizes.get(type)
  if (size !== undefined) return fixed(size)
  switch (type) {
    case 15:
    case 141:
    case 253:
      return prefixed(lengthOf(meta), raw)
    case 16:
      return fixed((meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0))
    case 17:
      return timestamp(meta)
    case 18:
      return dateTime(meta)
    case 19:
      return time(meta)
    case 140:
    case 242:
    case 245:
    case 249:
    case 250:
    case 251:
    case 252:
    case 255:
      return prefixed(meta, raw)
    case 246:
      return decimal(meta & 0xff, meta >> 8)
    case 247:
    case 248:
    case 254: {
      const one = fixedOf(meta)
      return one.type === 254 ? prefixed(lengthOf(one.size), raw) : fixed(one.size)
    }
    default:
      return undefined
  }
}

const fixed =
  (size: number): Decode =>
  (bytes) =>
    new Raw(bytes.take(size))

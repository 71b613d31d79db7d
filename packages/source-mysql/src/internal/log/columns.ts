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
export const fixedOf = (meta: number): { readonly type: number; readonly size: number } => {
  const [first, second] = [meta & 0xff, meta >> 8]
  if ((first & 0x30) === 0x30) return { type: first, size: second }
  return { type: first | 0x30, size: second | (((first & 0x30) ^ 0x30) << 4) }
}

export const lengthOf = (most: number): number => (most > 255 ? 2 : 1)

export const prefixed =
  (size: number, toValue: (bytes: Buffer) => RawValue): Decode =>
  (bytes) =>
    toValue(bytes.take(bytes.unsigned(size)))

export const raw = (bytes: Buffer): RawValue => new Raw(bytes)

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

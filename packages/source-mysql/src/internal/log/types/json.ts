import { Bytes, malformed, Raw } from "../bytes.ts"
import { decimalText } from "./numbers.ts"
import { dateTime, time } from "./times.ts"

/** The kinds of values in MySQL's binary JSON. */
const kinds = {
  smallObject: 0,
  largeObject: 1,
  smallArray: 2,
  largeArray: 3,
  literal: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  double: 11,
  string: 12,
  opaque: 15,
} as const

/** The text that the server prints for its binary JSON. */
export const jsonText = (bytes: Buffer): string => {
  if (bytes.length === 0) return "null"
  return valueText(bytes.readUInt8(0), bytes.subarray(1))
}

const valueText = (kind: number, bytes: Buffer): string => {
  switch (kind) {
    case kinds.smallObject:
    case kinds.largeObject:
      return containerText(bytes, kind === kinds.largeObject, true)
    case kinds.smallArray:
    case kinds.largeArray:
      return containerText(bytes, kind === kinds.largeArray, false)
    case kinds.literal:
      return ["null", "true", "false"][bytes.readUInt8(0)] ?? malformed()
    case kinds.int16:
      return String(bytes.readInt16LE(0))
    case kinds.uint16:
      return String(bytes.readUInt16LE(0))
    case kinds.int32:
      return String(bytes.readInt32LE(0))
    case kinds.uint32:
      return String(bytes.readUInt32LE(0))
    case kinds.int64:
      return String(bytes.readBigInt64LE(0))
    case kinds.uint64:
      return String(bytes.readBigUInt64LE(0))
    case kinds.double:
      return doubleText(bytes.readDoubleLE(0))
    case kinds.string: {
      const read = new Bytes(bytes)
      const length = lengthOf(read)
      return quoted(read.take(length).toString("utf8"))
    }
    case kinds.opaque:
      return opaqueText(new Bytes(bytes))
    default:
      return malformed()
  }
}

/** Seven bits of a length in each byte, of which the first says whether more follow. */
const lengthOf = (read: Bytes): number => {
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = read.unsigned(1)
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return length
  }
}

/** Values that stand in the place of their offset. */
const isInline = (kind: number, isLarge: boolean): boolean =>
  kind === kinds.literal ||
  kind === kinds.int16 ||
  kind === kinds.uint16 ||
  (isLarge && (kind === kinds.int32 || kind === kinds.uint32))

const containerText = (bytes: Buffer, isLarge: boolean, isObject: boolean): string => {
  const size = isLarge ? 4 : 2
  const read = new Bytes(bytes)
  const count = read.unsigned(size)
  read.skip(size)
  const keys = Array.from({ length: isObject ? count : 0 }, () => {
    const offset = read.unsigned(size)
    return bytes.subarray(offset, offset + read.unsigned(2)).toString("utf8")
  })
  const values = Array.from({ length: count }, () => {
    const kind = read.unsigned(1)
    const at = read.skip(size)
    const offset = isInline(kind, isLarge) ? at : bytes.readUIntLE(at, size)
    return valueText(kind, bytes.subarray(offset))
  })
  return isObject
    ? `{${values.map((value, place) => `${quoted(keys[place] ?? "")}: ${value}`).join(", ")}}`
    : `[${values.join(", ")}]`
}

const escapes = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
])

const special = /["\\\p{Cc}]/gu

const quoted = (text: string): string => `"${text.replaceAll(special, escape)}"`

const escape = (letter: string): string =>
  escapes.get(letter) ?? (letter < " " ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter)

/** The shortest digits that read back the same: in full near one, else with an exponent. */
const doubleText = (number: number): string => {
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0"
  const [written = "", exponent] = Math.abs(number).toExponential().split("e")
  const power = Number(exponent)
  const sign = number < 0 ? "-" : ""
  if (power < -15 || power > 14) return `${sign}${written}e${power}`
  const digits = written.replace(".", "")
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0")
  return `${sign}${whole}.${digits.slice(power + 1) || "0"}`
}

/** Values of other types, each as MySQL prints it within JSON. */
const opaqueText = (read: Bytes): string => {
  const type = read.unsigned(1)
  const length = lengthOf(read)
  const bytes = read.take(length)
  const value = new Bytes(bytes)
  switch (type) {
    case 246:
      return decimalText(value, value.unsigned(1), value.unsigned(1))
    case 10:
    case 7:
    case 12:
    case 11:
      return `"${packedTime(type, value.signed64())}"`
    default:
      return `"base64:type${type}:${bytes.toString("base64")}"`
  }
}

const packedTime = (type: number, packed: bigint): string => {
  const stored = Buffer.alloc(8)
  if (type === 11) {
    stored.writeBigInt64BE(packed + (0x800000n << 24n))
    return time(6)(new Bytes(stored.subarray(2))).latin1()
  }
  stored.writeBigUInt64BE(BigInt.asUintN(64, packed + (0x8000000000n << 24n)))
  const text = dateTime(6)(new Bytes(stored)).latin1()
  return type === 10 ? text.slice(0, 10) : text
}

/** A value in MySQL's binary JSON. */
export const jsonValue = (bytes: Buffer) => new Raw(Buffer.from(jsonText(bytes), "utf8"))

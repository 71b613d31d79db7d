import { type Column, ConnectorError } from "@starbase-replication/core/source"
import { toShape } from "./shapes.ts"
import { isSpatial } from "./types.ts"

/** A value as the server sent it. It can be read until the next one is turned to. */
export interface RawValue {
  /** The value as a text with a character for each of its bytes. */
  readonly latin1: () => string
  /** The value as UTF-8, with U+FFFD for what is none. */
  readonly utf8: () => string
  readonly bytes: () => Buffer
}

/** Turns a value as the server sends it into its canonical text. */
export type Convert = (value: RawValue) => string

/** What a text reads as where its bytes are no UTF-8. */
const replacement = "\uFFFD"

const beyondAscii = /[\u0080-\u00ff]/

/** Servers let halves of surrogate pairs into utf8mb4, which no text here can hold. */
const toText: Convert = (value) => {
  const raw = value.latin1()
  if (!beyondAscii.test(raw)) return raw
  const text = value.utf8()
  if (text.includes(replacement) && !Buffer.from(text, "utf8").equals(value.bytes())) {
    throw new ConnectorError({
      code: "unsupported",
      message: "A text holds half a surrogate pair, which is not Unicode",
      hint: "Mend the value at the source, or leave its column or row out.",
    })
  }
  return text
}

const toHex: Convert = (value) => value.bytes().toString("hex")

const toDigits: Convert = (value) => {
  const text = value.latin1()
  // ZEROFILL prints zeros in front.
  return text.startsWith("0") && text.length > 1 ? text.replace(/^0+(?=\d)/, "") : text
}

/** The server prints doubles to be read back, but not always as short as can be. */
const toReal: Convert = (value) => {
  const number = Number(value.latin1())
  return Object.is(number, -0) ? "-0" : String(number)
}

const toTruth: Convert = (value) => (toDigits(value) === "0" ? "0" : "1")

const toBits =
  (length: number): Convert =>
  (value) =>
    [...value.bytes()]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("")
      .padStart(length, "0")
      .slice(-length)

/** Fills fractions of a second up to six digits. */
const padSeconds = (text: string): string => {
  const dot = text.indexOf(".")
  return dot < 0 ? `${text}.000000` : text.padEnd(dot + 7, "0")
}

/** A value that was printed in the form of its type; one in another form is of the type that its column has since. */
const inForm =
  (form: RegExp): Convert =>
  (value) => {
    const text = value.latin1()
    if (form.test(text)) return text
    throw new ConnectorError({
      code: "schema-changed",
      message: "The type of a column changed while the table was read; the next run meets the table as it is then",
    })
  }

const asTime = inForm(/^-?\d{2,3}:\d\d:\d\d(?:\.\d+)?$/)
const asDate = inForm(/^\d{4}-\d\d-\d\d$/)
const asDateTime = inForm(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?$/)

const toTime: Convert = (value) => padSeconds(asTime(value))

/** A date of which a part is 0 has no place in time and stays as printed. */
const isDate = (text: string): boolean => text.slice(5, 7) !== "00" && text.slice(8, 10) !== "00"

const toTimestamp =
  (suffix: string): Convert =>
  (value) => {
    const text = asDateTime(value)
    return isDate(text) ? `${text.slice(0, 10)}T${padSeconds(text.slice(11))}${suffix}` : text
  }

const toLocal = toTimestamp("")
const toUtc = toTimestamp("Z")

/** What turns the values of a column into canonical text. */
export const toCanonical = ({ type, sourceType }: Column): Convert => {
  const bits = /^bit\((\d+)\)/.exec(sourceType)?.[1]
  if (bits !== undefined) return toBits(Number(bits))
  if (isSpatial(sourceType)) return (value) => toShape(value.bytes())
  switch (type) {
    case "integer":
    case "unsigned":
      return toDigits
    case "decimal":
      return sourceType.includes("zerofill") ? toDigits : toText
    case "real":
      return toReal
    case "boolean":
      return toTruth
    case "blob":
      return toHex
    case "date":
      return asDate
    case "time":
      return toTime
    case "timestamp":
      return toLocal
    case "timestamptz":
      return toUtc
    default:
      return toText
  }
}

/** The text as it came, for answers that are no columns of a table. */
export const plain: Convert = toText

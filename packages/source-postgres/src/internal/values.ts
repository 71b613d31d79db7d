import { arrayConverter, columnType, elementType } from "@starbase-replication/postgres-values"

/** Turns a value as PostgreSQL prints it into its canonical text. */
export type Convert = (text: string) => string

const asPrinted: Convert = (text) => text

const toBoolean: Convert = (text) => (text === "t" ? "1" : "0")

const toBlob: Convert = (text) => text.slice(2)

const zeros = "000000"

/** Pads `HH:MM:SS` or `HH:MM:SS.f` at the end of a text, whose whole seconds end at `end`. */
const padSeconds = (text: string, end: number): string =>
  text.length === end ? `${text}.${zeros}` : text.length === end + 7 ? text : text + zeros.slice(text.length - end - 1)

const toTime: Convert = (text) => padSeconds(text, 8)

const dash = 45
const dot = 46
const nine = 57

/** False for infinity, years beyond 9999 and years before Christ. */
const isPlain = (text: string): boolean =>
  text.charCodeAt(4) === dash &&
  (text.length === 19 ||
    (text.length > 20 && text.length < 27 && text.charCodeAt(19) === dot && text.charCodeAt(text.length - 1) <= nine))

const toTimestamp: Convert = (text) => (isPlain(text) ? `${text.slice(0, 10)}T${padSeconds(text.slice(11), 8)}` : text)

const toTimestamptz: Convert = (text) => {
  if (!text.endsWith("+00")) return text
  const local = text.slice(0, -3)
  return isPlain(local) ? `${local.slice(0, 10)}T${padSeconds(local.slice(11), 8)}Z` : text
}

/**
 * What turns the text of a type into canonical text, or undefined where it is canonical as printed. `delimiter` is what
 * stands between the elements of an array, where it is known.
 */
export const toCanonical = (sourceType: string, delimiter?: string): Convert | undefined => {
  const element = elementType(sourceType)
  if (element !== undefined) {
    const toJson = arrayConverter(element, (type) => toCanonical(type) ?? asPrinted, delimiter)
    // The server prints arrays in no other form.
    return (text) => toJson(text) ?? text
  }
  switch (columnType(sourceType)) {
    case "boolean":
      return sourceType === "bit(1)" ? undefined : toBoolean
    case "blob":
      return toBlob
    case "time":
      return toTime
    case "timestamp":
      return toTimestamp
    case "timestamptz":
      return toTimestamptz
    default:
      return undefined
  }
}

/** Turns a canonical text back into one that PostgreSQL reads as the same value of the type. */
export const toBound = (sourceType: string): Convert => {
  if (columnType(sourceType) === "blob") return (text) => (text.startsWith("\\x") ? text : `\\x${text}`)
  // PostgreSQL would take a number below 0 for a very large one.
  return sourceType === "oid" ? (text) => (text.startsWith("-") ? "0" : text) : (text) => text
}

import { arrayConverter, bareType, columnType, type Convert, elementType } from "@starbase-replication/postgres-values"

/** The text itself, where it is of the form. */
const only =
  (form: RegExp): Convert =>
  (text) =>
    form.test(text) ? text : undefined

const asPrinted: Convert = (text) => text

const booleans = new Map([
  ["true", "1"],
  ["t", "1"],
  ["false", "0"],
  ["f", "0"],
])

const toBlob: Convert = (text) => (/^\\x(?:[\da-f]{2})*$/.test(text) ? text.slice(2) : undefined)

/** Dollars as en_US and C print them; with the currency of another locale it could have other decimals. */
const toDecimal: Convert = (text) => {
  const match = /^(-?)\$(\d{1,3}(?:,\d{3})*\.\d\d)$/.exec(text)
  return match === null ? undefined : `${match[1]}${match[2]?.replaceAll(",", "")}`
}

const toTime: Convert = (text) => {
  const match = /^(\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(text)
  return match === null ? undefined : `${match[1]}.${(match[2] ?? "").padEnd(6, "0")}`
}

const timestamp = /^(\d{4,})(-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|\+00(?::00)?)?( BC)?$/

/**
 * Years beyond 9999 and before Christ stay as PostgreSQL prints them. PostgreSQL's JSON has a T and minutes of the
 * offset where its text has not.
 */
const toTimestamp =
  (zoned: boolean): Convert =>
  (text) => {
    const match = timestamp.exec(text)
    if (match === null) return text === "infinity" || text === "-infinity" ? text : undefined
    const [, year = "", day = "", time = "", fraction = "", zone = "", era = ""] = match
    if ((zone !== "") !== zoned) return undefined
    return year.length === 4 && era === ""
      ? `${year}${day}T${time}.${fraction.slice(1).padEnd(6, "0")}${zoned ? "Z" : ""}`
      : `${year}${day} ${time}${fraction}${zoned ? "+00" : ""}${era}`
  }

const parts =
  /^(?:-?\d+ years?)?(?:(?:^| )[+-]?\d+ mons?)?(?:(?:^| )[+-]?\d+ days?)?(?:(?:^| )[+-]?\d{2,}:\d\d:\d\d(?:\.\d{1,6})?)?$/

const toInterval: Convert = (text) =>
  (text !== "" && parts.test(text)) || text === "infinity" || text === "-infinity" ? text : undefined

/** Ranges print their bounds by the session's settings, in quotes where there is a space. */
const rangesOf = (bound: string): Convert => {
  const end = `"?(?:${bound}|-?infinity)?"?`
  const range = `(?:empty|[[(]${end},${end}[\\])])`
  return only(new RegExp(`^(?:${range}|\\{(?:${range}(?:,${range})*)?\\})$`))
}

const day = "\\d{4,}-\\d\\d-\\d\\d"
const moment = `${day} \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?`
const dates = rangesOf(`${day}(?: BC)?`)
const moments = rangesOf(`${moment}(?: BC)?`)
const momentsInUtc = rangesOf(`${moment}\\+00(?: BC)?`)

const byType = new Map<string, Convert>([
  ["money", toDecimal],
  ["bit(1)", only(/^[01]$/)],
  ["interval", toInterval],
  ["daterange", dates],
  ["datemultirange", dates],
  ["tsrange", moments],
  ["tsmultirange", moments],
  ["tstzrange", momentsInUtc],
  ["tstzmultirange", momentsInUtc],
])

const byColumnType = {
  integer: only(/^-?\d+$/),
  unsigned: asPrinted,
  real: only(/^(?:-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|-?Infinity)$/),
  boolean: (text: string) => booleans.get(text),
  blob: toBlob,
  decimal: only(/^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/),
  json: asPrinted,
  date: only(/^(?:\d{4,}-\d\d-\d\d(?: BC)?|-?infinity)$/),
  time: toTime,
  timestamp: toTimestamp(false),
  timestamptz: toTimestamp(true),
  text: asPrinted,
}

/**
 * What turns the text of a type, as the API prints it, into canonical text. It gives undefined for a form that the API has
 * no reason to print: the session that made it has other settings than Supabase's, and its meaning would be a guess.
 */
export const toCanonical = (sourceType: string): Convert => {
  const element = elementType(sourceType)
  if (element !== undefined) return arrayConverter(element, toCanonical)
  const name = bareType(sourceType).replace(/^interval .*/, "interval")
  return byType.get(sourceType) ?? byType.get(name) ?? byColumnType[columnType(sourceType)]
}

/** Turns a canonical text back into one that PostgreSQL reads as the same value of the type. */
export const toBound = (sourceType: string, text: string): string => {
  if (sourceType === "boolean") return text === "1" ? "true" : text === "0" ? "false" : text
  return columnType(sourceType) === "blob" && !text.startsWith("\\x") ? `\\x${text}` : text
}

/**
 * Types whose cast to text says something else than PostgreSQL's own printing: character loses its trailing spaces,
 * inet and cidr always gain a netmask, xml keeps an encoding that does not hold any more. In JSON they are strings as
 * PostgreSQL prints them, so they are read without a cast.
 */
const printedInJson = new Set(["character", "inet", "cidr", "xml"])

/** Whether a type is read through a cast to text. */
export const isCast = (sourceType: string): boolean => !printedInJson.has(bareType(sourceType))

import { type Column, ConnectorError } from "@starbase-replication/core/source"
import { type Operator, operators } from "@starbase-replication/sql-source"
import { bareType, collationOf, isTruth, membersOf } from "./types.ts"

/** A text as SQL that means the same under any sql_mode and any character set of the connection. */
export const textLiteral = (text: string): string => `_utf8mb4 x'${Buffer.from(text, "utf8").toString("hex")}'`

const integer = /^-?\d+$/
const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
const date = /^\d{4}-\d{2}-\d{2}$/
const time = /^-?\d{1,3}:\d{2}:\d{2}(?:\.\d{1,6})?$/
const timestamp = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?))?(?:Z|\+00(?::?00)?)?$/

/**
 * A canonical text as a literal that compares with its column as the column's own values do, by the column's index and
 * its collation. A text that is no value of the type fails, because the server would quietly take it for another.
 */
export const literal = (column: Column, value: string): string => {
  const found = literalOf(column, value)
  if (found === undefined) throw misfit(column)
  return found
}

/** What of a column, written as SQL, is compared: its value as the replica has it. */
export const subject = (name: string, column: Column): string => (isTruth(column) ? `(${name} <> 0)` : name)

const misfit = ({ name, sourceType }: Column) =>
  new ConnectorError({
    code: "invalid-config",
    message: `The value to compare with is not of the type ${bareType(sourceType)}`,
    hint: "Check the values in the table's where.",
    column: name,
  })

/**
 * Compares a column, written as SQL, with a canonical text, in the order that ORDER BY has. Enums sort by number but
 * compare with texts as text, and with numbers past their index: what lies beyond a member is written out.
 */
export const comparison = (name: string, column: Column, op: Operator, value: string): string => {
  if (isTruth(column)) return `${subject(name, column)} ${operators[op]} ${literal(column, value)}`
  const members = bareType(column.sourceType) === "enum" ? membersOf(column.sourceType) : undefined
  if (members === undefined || op === "eq" || op === "neq") return `${name} ${operators[op]} ${literal(column, value)}`
  const place = (memberPlace(members, value) ?? (value === "" ? -1 : Number.NaN)) + 1
  if (Number.isNaN(place)) throw misfit(column)
  if (members.some((member) => member.includes("?"))) return `${name} ${operators[op]} ${place}`
  // What is no member was stored as the empty text, of number 0.
  const all = ["", ...members]
  const within = {
    lt: all.slice(0, place),
    lte: all.slice(0, place + 1),
    gt: all.slice(place + 1),
    gte: all.slice(place),
  }[op]
  return within.length === 0 ? "FALSE" : `${name} IN (${within.map((member) => literal(column, member)).join(", ")})`
}

const literalOf = ({ type, sourceType }: Column, value: string): string | undefined => {
  if (/^bit\b/.test(sourceType)) return /^[01]+$/.test(value) ? String(BigInt(`0b${value}`)) : undefined
  if (bareType(sourceType) === "set") return setNumber(membersOf(sourceType) ?? [], value)
  switch (type) {
    case "integer":
    case "unsigned":
      return integer.test(value) ? value : undefined
    case "boolean":
      return value === "0" || value === "1" ? value : undefined
    case "decimal":
      return number.test(value) ? value : undefined
    case "real":
      // With an exponent it is a double, not a decimal.
      return number.test(value) ? (/e/i.test(value) ? value : `${value}e0`) : undefined
    case "blob":
      return /^(?:[0-9a-f]{2})*$/i.test(value) ? `x'${value}'` : undefined
    case "date":
      return date.test(value) ? temporal("DATE", value, value) : undefined
    case "time":
      return time.test(value) ? `TIME'${value}'` : undefined
    case "timestamp":
    case "timestamptz": {
      const [, day, hours = "00:00:00"] = timestamp.exec(value) ?? []
      return day === undefined ? undefined : temporal("TIMESTAMP", day, `${day} ${hours}`)
    }
    default:
      return collated(sourceType, value)
  }
}

/** A literal that names its type fails where there is no such day; a day that is zero in a part is known to texts alone. */
const temporal = (type: "DATE" | "TIMESTAMP", day: string, text: string): string =>
  /-00/.test(day) ? `'${text}'` : `${type}'${text}'`

/**
 * The collation is explicit, so that neither the connection's nor a conversion of the column, past its index, can win.
 * Not so for what another character set may lack: it would become a question mark, where the server's own conversion
 * fails.
 */
const collated = (sourceType: string, value: string): string => {
  const own = collationOf(sourceType)
  const text = textLiteral(value)
  if (own === undefined) return text
  if (own.charset === "utf8mb4") return `${text} COLLATE ${own.collation}`
  return /^[\0-\x7f]*$/.test(value) ? `CONVERT(${text} USING ${own.charset}) COLLATE ${own.collation}` : text
}

/**
 * The place of a member of an enum or set. The server describes types in the characters of the basic plane, with a
 * question mark for each other one; undefined where that does not tell, or there is no such member.
 */
const memberPlace = (members: ReadonlyArray<string>, value: string): number | undefined => {
  const described = value.replaceAll(/[\u{10000}-\u{10FFFF}]/gu, "?")
  const place = members.indexOf(described)
  return place >= 0 && place === members.lastIndexOf(described) ? place : undefined
}

/** Sets sort by number but compare with texts as text, so that they are compared by number. */
const setNumber = (members: ReadonlyArray<string>, value: string): string | undefined => {
  let bits = 0n
  for (const part of value === "" ? [] : value.split(",")) {
    const place = memberPlace(members, part)
    if (place === undefined) return undefined
    bits |= 1n << BigInt(place)
  }
  return String(bits)
}

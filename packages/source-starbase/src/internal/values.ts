import type { Column, ColumnType, Value } from "@starbase-replication/core/source"
import { columnType, isMixed } from "./types.ts"

/**
 * The expression that reads a value exactly through JSON, whose numbers are doubles: a finite double comes as a number,
 * which the instance prints so that it reads back the same; every other value as a text, after a letter for its storage
 * class. SQLite lets any column hold any class, whatever its declared type. A text comes after a `u` where it has a
 * U+FFFD of its own, because bytes that are no UTF-8 would become one on the way.
 */
export const selected = (name: string): string =>
  `CASE typeof(${name}) WHEN 'integer' THEN 'i' || ${name}` +
  ` WHEN 'text' THEN iif(instr(${name}, char(65533)) > 0, 'u', 't') || ${name} WHEN 'blob' THEN 'b' || lower(hex(${name}))` +
  ` WHEN 'real' THEN iif(${name} - ${name} = 0, ${name}, iif(${name} > 0, 'r+', 'r-')) END`

/** About how many bytes a value has. */
export const weight = (name: string): string => `ifnull(length(CAST(${name} AS BLOB)), 0)`

const words = new Set(["NaN", "Infinity", "-Infinity"])

/** The canonical forms of the types that only the settings declare. */
const forms = new Map<ColumnType, RegExp>([
  ["boolean", /^[01]$/],
  ["date", /^\d{4}-\d\d-\d\d$/],
  ["decimal", /^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/],
  ["time", /^\d\d:\d\d:\d\d\.\d{6}$/],
  ["timestamp", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/],
  ["timestamptz", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/],
  ["unsigned", /^\d{1,20}$/],
])

const classes = { i: "an integer", t: "a text", b: "a blob", r: "a double", x: "a text that is not UTF-8" } as const

/** The storage class of a value as it came, and its text. */
const split = (given: unknown): readonly [keyof typeof classes, string] => {
  if (typeof given === "number") return ["r", String(given)]
  const text = String(given)
  const value = text.slice(1)
  switch (text.charAt(0)) {
    case "i":
      return ["i", value]
    case "b":
      return ["b", value]
    case "r":
      return ["r", value === "+" ? "Infinity" : "-Infinity"]
    case "u":
      return ["t", value]
    default:
      return [value.includes("\uFFFD") ? "x" : "t", value]
  }
}

/** A value as it came, or what is wrong with it: it has no place in its column's type. */
export const toCanonical = ({ type, sourceType }: Column, given: unknown): Value | { readonly misfit: string } => {
  if (given === null) return null
  const [kind, value] = split(given)
  if (!holds(columnType(sourceType), isMixed(sourceType), kind, value)) return { misfit: classes[kind] }
  const form = forms.get(type)
  if (form !== undefined && !form.test(value)) return { misfit: `${classes[kind]} that is no ${type}` }
  return value
}

const holds = (type: ColumnType, mixed: boolean, kind: keyof typeof classes, value: string): boolean => {
  if (mixed) return kind !== "b" && kind !== "x"
  switch (type) {
    case "blob":
      return kind === "b"
    case "text":
      return kind === "t"
    case "real":
      // What has no place in a double is stored as a text by this project's own replicas.
      return kind === "r" || (kind === "t" && words.has(value))
    default:
      return kind === "i"
  }
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n }

const isInt64 = (text: string): boolean => {
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(text)) return false
  const value = BigInt(text)
  return value >= int64.least && value <= int64.most
}

const isDouble = (text: string): boolean =>
  text !== "" && Number.isFinite(Number(text)) && String(Number(text)) === text

/** How a canonical text is bound so that it is compared as the value that it stands for. */
export type Bound =
  /** An int64 in digits. */
  | { readonly kind: "integer"; readonly param: string }
  | { readonly kind: "real"; readonly param: number }
  | { readonly kind: "text" | "blob"; readonly param: string }
  /** A double that neither JSON nor a parameter can carry. */
  | { readonly kind: "infinity"; readonly param: "9e999" | "-9e999" }

/** The value that a canonical text of a column stands for, as the column stores it. */
export const toBound = ({ sourceType }: Column, text: string): Bound => {
  const stored = columnType(sourceType)
  if (stored === "blob") return { kind: "blob", param: text }
  if (stored === "text" && !isMixed(sourceType)) return { kind: "text", param: text }
  if (stored !== "real" && isInt64(text)) return { kind: "integer", param: text }
  if (text === "Infinity") return { kind: "infinity", param: "9e999" }
  if (text === "-Infinity") return { kind: "infinity", param: "-9e999" }
  const isReal = stored === "real" ? text.trim() !== "" && Number.isFinite(Number(text)) : isDouble(text)
  return isReal ? { kind: "real", param: Number(text) } : { kind: "text", param: text }
}

/**
 * Whether a text of a mixed column reads like a number, which as a bound it would be taken for. Only what tells rows
 * apart is ever a bound.
 */
export const isAmbiguous = ({ sourceType }: Column, given: unknown): boolean => {
  if (!isMixed(sourceType) || typeof given !== "string" || !given.startsWith("t")) return false
  const text = given.slice(1)
  return isInt64(text) || isDouble(text) || words.has(text)
}

import type { Column, ColumnType, Value } from "@starbase-replication/core/source"
import { columnType, isMixed } from "./types.ts"

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

/** A value by its storage class: an integer, a text, a blob in hexadecimal, a double; `x` is a text that is not UTF-8. */
export interface Stored {
  readonly kind: "i" | "t" | "b" | "r" | "x"
  readonly text: string
}

const classes = { i: "an integer", t: "a text", b: "a blob", r: "a double", x: "a text that is not UTF-8" } as const

/** A value as it came, or what is wrong with it: it has no place in its column's type. */
export const toCanonical = (
  { type, sourceType }: Column,
  stored: Stored | null,
): Value | { readonly misfit: string } => {
  if (stored === null) return null
  const { kind, text: value } = stored
  if (!holds(columnType(sourceType), isMixed(sourceType), kind, value)) return { misfit: classes[kind] }
  const form = forms.get(type)
  if (form !== undefined && !form.test(value)) return { misfit: `${classes[kind]} that is no ${type}` }
  return value
}

const holds = (type: ColumnType, mixed: boolean, kind: Stored["kind"], value: string): boolean => {
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

/** Beyond it, doubles print with fewer digits than the integers that they stand for. */
const exact = 2 ** 53

/** What else a canonical text may stand for, where its column may hold values of several classes. */
export const alsoMeant = (column: Column, text: string): ReadonlyArray<Bound> => {
  const { kind } = toBound(column, text)
  const mixed = isMixed(column.sourceType)
  if (!(mixed || columnType(column.sourceType) === "real") || kind === "text" || kind === "blob") return []
  const isRounded = kind === "integer" && isDouble(text) && Math.abs(Number(text)) > exact
  return [{ kind: "text", param: text }, ...(isRounded ? [{ kind: "real", param: Number(text) } as const] : [])]
}

/**
 * What is wrong with a value of a key or an order, where its canonical text may stand for another one too, so that no
 * bound tells the two apart.
 */
export const ambiguity = (column: Column, stored: Stored | null): string | undefined => {
  if (stored === null || (stored.kind !== "t" && stored.kind !== "r")) return undefined
  const kinds = new Set(alsoMeant(column, stored.text).map(({ kind }) => kind))
  if (stored.kind === "t") return kinds.has("text") ? "a text that reads like a number" : undefined
  return kinds.has("real") ? "a double that reads like an integer" : undefined
}

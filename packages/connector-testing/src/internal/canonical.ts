import type { ColumnType } from "@starbase-replication/core/source"

const date = "\\d{4}-\\d\\d-\\d\\d"
const time = "\\d\\d:\\d\\d:\\d\\d\\.\\d{6}"

const forms: Partial<Record<ColumnType, RegExp>> = {
  integer: /^(?:0|-?[1-9]\d*)$/,
  unsigned: /^(?:0|[1-9]\d*)$/,
  real: /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|-?Infinity)$/,
  boolean: /^[01]$/,
  blob: /^(?:[0-9a-f]{2})*$/,
  decimal: /^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/,
  date: new RegExp(`^${date}$`),
  time: new RegExp(`^${time}$`),
  timestamp: new RegExp(`^${date}T${time}$`),
  timestamptz: new RegExp(`^${date}T${time}Z$`),
}

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n }

/** Dates and times that have a canonical form; years beyond these, BC, infinity and zero dates stay as they are. */
const isOrdinary: Partial<Record<ColumnType, RegExp>> = {
  date: /^(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d(?!.*BC)/,
  time: /^\d\d:/,
  timestamp: /^(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d(?!.*BC)/,
  timestamptz: /^(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d(?!.*BC)/,
}

/** Why a text is no canonical value of a type, or undefined. */
export const canonicalProblem = (type: ColumnType, text: string): string | undefined => {
  const form = forms[type]
  if (type === "json") return isJson(text) ? undefined : "it is no JSON"
  if (form === undefined || form.test(text)) {
    if (type !== "integer") return undefined
    const value = BigInt(text)
    return value >= int64.least && value <= int64.most ? undefined : "it is beyond int64"
  }
  const ordinary = isOrdinary[type]
  if (ordinary !== undefined && !ordinary.test(text)) return undefined
  return `it does not have the form ${form.source}`
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

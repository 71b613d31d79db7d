import type { Figure } from "../lib/figures.ts"

/** A number with as many digits as mean something. */
export const formatNumber = (value: number): string => {
  if (!Number.isFinite(value)) return "-"
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size === 0 ? 2 : 4
  const text = value.toFixed(Number.isInteger(value) ? 0 : digits)
  const [whole = "", fraction] = text.split(".")
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A value with its unit. */
export const formatValue = ({ value, unit }: Pick<Figure, "value" | "unit">): string =>
  unit === "queries" || unit === "rows" ? formatNumber(value) : `${formatNumber(value)} ${unit}`

/** What it is measured against, as `0.54 × COPY | sqlite3 .import`. */
export const formatAgainst = ({ against }: Figure): string =>
  against === undefined ? "" : `${formatNumber(against.ratio)} × ${against.label}`

import { legible, withEdges } from "../src/internal/legible.ts"

/** A text of anybody's, so that all of it is seen and none of it does anything. */
export const visible = (text: string): string => (text === "" ? "⟨empty⟩" : withEdges(legible(text)))

/** The same, no longer than fits a line. */
export const short = (text: string, most = 60): string => {
  const characters = [...visible(text)]
  return characters.length <= most ? characters.join("") : `${characters.slice(0, most - 1).join("")}…`
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 })

/** A count with separators. */
export const count = (value: number): string => whole.format(value)

/** A count in a few letters: 3.4M. */
export const about = (value: number): string => (value < 10_000 ? count(value) : compact.format(value))

/** A count with what is counted. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** A size, as the platform counts it: 1 GB is a thousand MB. */
export const bytes = (value: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"]
  const unit = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** unit
  return `${scaled.toLocaleString("en-US", { maximumFractionDigits: scaled < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`
}

/** A length of time in its largest unit: 40 s, 4 min, 3 h, 2 d. */
export const duration = (millis: number): string => {
  const seconds = Math.max(0, millis) / 1000
  if (seconds < 0.95) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** The same in whole seconds at least. */
export const span = (millis: number): string =>
  millis < 1000 ? "0 s" : millis < 10_000 ? `${Math.round(millis / 1000)} s` : duration(millis)

/** A moment as it is read exactly. */
export const moment = (at: string): string => new Date(at).toLocaleString()

/** Rows as CSV (RFC 4180). Of texts, none may begin as a spreadsheet's formula does. */
export const csv = (columns: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<unknown>>): string =>
  [columns, ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n"

const field = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value)
  const isFormula =
    typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
}

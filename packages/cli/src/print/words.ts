const units: ReadonlyArray<readonly [seconds: number, name: string]> = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
]

/** A length of time in the largest unit that it has one of: `2s`, `4min`, `3h`. */
export const duration = (seconds: number): string => {
  for (const [size, name] of units) if (seconds >= size) return `${Math.floor(seconds / size)}${name}`
  return seconds > 0 && seconds < 1 ? "<1s" : `${Math.floor(seconds)}s`
}

/** How far an ISO 8601 time is away from now, or undefined for none. */
export const secondsUntil = (time: string | null | undefined, now: number): number | undefined => {
  const at = time === null || time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(at) ? undefined : (at - now) / 1000
}

/** A count with separators. */
export const count = (value: number): string => value.toLocaleString("en-US")

/** A count with its noun, which takes an s where it is not said what several are called. */
export const counted = (value: number, noun: string, several = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : several}`

/** A size in the unit that reads best. */
export const bytes = (value: number): string => {
  if (value < 1000) return `${value} B`
  const names = ["kB", "MB", "GB", "TB"]
  let size = value
  let name = "B"
  while (size >= 1000 && names.length > 0) {
    size /= 1000
    name = names.shift() ?? name
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${name}`
}

/** A time as it stands in logs: `2026-01-01 00:00:00` in UTC. */
export const moment = (time: string): string => time.replace("T", " ").slice(0, 19)

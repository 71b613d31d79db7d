import { legible, legibleLines, type LogEvent, type LogFields } from "@starbase-replication/plugin"

/** A line that this project logs. An event may be one that a later release has. */
interface Line extends LogFields {
  readonly time: string
  readonly logger: string
  readonly event: LogEvent
}

/** A line of the Worker's log in few words, for a terminal. What is not a line of this project keeps its words. */
export const readable = (text: string): string => {
  const line = parse(text)
  if (line === undefined) return legibleLines(text, "")
  const say: ((line: Line) => string) | undefined = words[line.event]
  const { time, logger: _logger, event, ...fields } = line
  return `${clock(time)} ${subject(line)}${say?.(line) ?? `${event} ${JSON.stringify(fields)}`}`
}

const parse = (text: string): Line | undefined => {
  try {
    const parsed: unknown = JSON.parse(text)
    const isOurs = typeof parsed === "object" && parsed !== null && "logger" in parsed && "event" in parsed
    return isOurs && parsed.logger === "starbase-replication" ? (printableFields(parsed) as unknown as Line) : undefined
  } catch {
    return undefined
  }
}

/** All but the first line of a message are indented, so that none looks like a line of the log. */
const printableFields = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => {
      if (typeof value === "string") return [name, name === "message" ? legibleLines(value) : legible(value)]
      return [name, Array.isArray(value) ? value.map((one) => (typeof one === "string" ? legible(one) : one)) : value]
    }),
  )

/** Hours, minutes and seconds of an ISO 8601 time, in UTC as everywhere here. */
const clock = (time: string): string => time.slice(11, 19)

const subject = ({ source, table }: Line): string => {
  if (table !== undefined) return `${table}: `
  return source === undefined ? "" : `source ${source}: `
}

const did = (line: Line): string => {
  const counts = (["read", "written", "deleted", "rejected"] as const).flatMap((name) => {
    const count = line[name] ?? 0
    return count > 0 || name === "read" ? [`${count} ${name}`] : []
  })
  const stopped = line.code === undefined ? "" : `, stopped: ${line.code}`
  return `${counts.join(", ")} in ${line.millis} ms${line.more === true ? ", more to come" : ""}${stopped}`
}

const afterFailures = ({ failures = 1 }: Line): string => `after ${failures} failure${failures === 1 ? "" : "s"}`

const trouble = ({ code, message, hint = "", failures = 1, retryAt }: Line): string => {
  const often = failures > 1 ? ` Failed ${failures} times in a row.` : ""
  const next = retryAt === undefined ? "" : ` Next try at ${clock(retryAt)}.`
  return `${code}: ${message} ${hint}${often}${next}`
}

const words: Readonly<Record<LogEvent, (line: Line) => string>> = {
  "table.run": did,
  "table.failing": trouble,
  "table.recovered": (line) => `well again ${afterFailures(line)}; ${did(line)}`,
  "table.paused": () => "paused",
  "table.resumed": () => "resumed",
  "table.reset": () => "reset",
  "table.confirmed": () => "its deletions are confirmed",
  "table.drift": ({ columns }) =>
    columns === undefined ? "has other columns or another key at its source" : `goes on without ${columns.join(", ")}`,
  "table.caution": ({ message }) => String(message),
  "table.anew": ({ message }) => `all rows are read again: ${message}`,
  "table.rebuilt": () => "built anew",
  "table.verified": ({ checked, differing, settled = 0, repaired }) =>
    `${checked} rows compared, ${differing} differ, ${repaired} mended${settled > 0 ? `, ${settled} settled` : ""}`,
  "source.down": trouble,
  "source.up": (line) => `up again ${afterFailures(line)}`,
  "log.dropped": () => "its change log is kept no longer",
  "run.failed": ({ code, message }) => `Nothing was run: ${code}: ${message}`,
  defect: ({ code, message, stack = [] }) =>
    [`A defect of this project, please report it: ${code ?? message}`, ...stack.map((line) => `    ${line}`)].join(
      "\n",
    ),
}

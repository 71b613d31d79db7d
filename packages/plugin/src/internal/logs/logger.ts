import * as Cause from "effect/Cause"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { type Event, type Fields, Line } from "./line.ts"
import { countSeen, isTold, omittedBefore } from "./sampling.ts"

/** Each line as one line of JSON on the console, under the console's own level. */
const jsonLogger = Logger.make(({ message, logLevel, date, cause, fiber }) => {
  const [first] = Array.isArray(message) ? message : [message]
  const level = logLevel === "Error" || logLevel === "Fatal" ? "error" : logLevel === "Warn" ? "warn" : "info"
  const write = (event: Event, fields: Fields) => console[level](toText(date, level, event, fields))
  if (first instanceof Line) return write(first.event, first.fields)
  const { source, table } = fiber.getRef(References.CurrentLogAnnotations)
  const fields = {
    ...(typeof source === "string" ? { source } : {}),
    ...(typeof table === "string" ? { table } : {}),
    ...foreign(cause),
  }
  const count = countSeen(`defect ${JSON.stringify(fields)}`)
  if (isTold(count)) write("defect", { ...fields, omitted: omittedBefore(count) })
})

const toText = (date: Date, level: string, event: Event, fields: Fields): string =>
  JSON.stringify({ time: date.toISOString(), level, logger: "starbase-replication", event, ...fields })

/** Of what others log or throw, only where it arose: their words may hold anything. */
const foreign = (cause: Cause.Cause<unknown>): Fields => {
  const defect = Cause.squash(cause)
  if (!(defect instanceof Error)) return { message: "Not an error; see the code." }
  const stack = (defect.stack ?? "").split("\n").flatMap((line) => (/^\s+at /.test(line) ? [line.trim()] : []))
  return { code: defect.name, stack: stack.slice(0, 10) }
}

/** Where lines go. */
export const logger = (log: "json" | "off"): Layer.Layer<never> => Logger.layer(log === "json" ? [jsonLogger] : [])

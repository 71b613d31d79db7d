import * as Cron from "effect/Cron"
import * as Result from "effect/Result"

/** How often a table is pulled. */
export type Schedule =
  | {
      readonly kind: "every"
      /** Milliseconds from the beginning of one run to that of the next. */
      readonly millis: number
    }
  | { readonly kind: "cron"; readonly cron: Cron.Cron; readonly text: string }

/** When the run after one that began at `last` is due, in milliseconds since 1970. */
export const nextAfter = (schedule: Schedule, last: number): number =>
  schedule.kind === "every" ? last + schedule.millis : Cron.next(schedule.cron, last).getTime()

/** Reads a cron expression in a time zone (an IANA name; UTC without it), or says what is wrong. */
export const parseCron = (
  text: string,
  timeZone: string | undefined,
): { readonly schedule: Schedule } | { readonly problem: string } => {
  const cron = Cron.parse(text, timeZone ?? "UTC")
  return Result.isSuccess(cron)
    ? { schedule: { kind: "cron", cron: cron.success, text: timeZone === undefined ? text : `${text} ${timeZone}` } }
    : { problem: cron.failure.message }
}

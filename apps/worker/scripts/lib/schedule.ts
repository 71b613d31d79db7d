import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "./client.ts"

/** What stops a schedule, once the run under way has ended. */
export type StopSchedule = () => Promise<void>

/** Has the tables that are due run every few seconds, as a Cron Trigger has each minute, and tells what they did. */
export const startSchedule = (
  client: Pick<Client, "replicate">,
  everyMs: number,
  tell: (line: string) => void,
): StopSchedule => {
  const stopping = new AbortController()
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        for (const {
          durationMs,
          error,
          more,
          read,
          table,
          unchanged,
          written,
          deleted,
          rejected,
        } of await client.replicate(true)) {
          if (error !== undefined) tell(`${table}: ${error.code}: ${error.message} ${error.hint}`)
          else if (written + deleted + rejected > 0 || more) {
            const counts = { read, written, unchanged, deleted, rejected }
            const shown = Object.entries(counts).filter(([name, count]) => count > 0 || name === "read")
            tell(`${table}: ${shown.map(([name, count]) => `${count} ${name}`).join(", ")} in ${durationMs} ms`)
          }
        }
      } catch (error) {
        if (!stopping.signal.aborted) tell(error instanceof Error ? error.message : String(error))
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const ended = loop()
  return () => {
    stopping.abort()
    return ended
  }
}

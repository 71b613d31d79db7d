import type { Execute } from "@starbase-replication/sink-sqlite"
import type { SinkFault } from "./Faults.ts"
import type { Turns } from "./Turns.ts"

const never = new Promise<never>(() => {})

/** The port of one run: each call waits for its turn and meets the fault that the history has for it. */
export const makePort = (
  execute: Execute,
  turns: Turns,
  run: number,
  faultAt: (call: number) => SinkFault | undefined,
): Execute => {
  let calls = 0
  return async (sql, params) => {
    const fault = faultAt(calls++)
    let leave = await turns.enter({ run, side: "sink", what: sql })
    const pause = async () => {
      turns.hold(run)
      leave()
      leave = await turns.enter({ run, side: "sink", what: sql })
    }
    try {
      switch (fault) {
        case "lost before":
          throw new Error("Network connection lost.")
        case "full":
          throw new Error("database or disk is full: SQLITE_FULL")
        case "death before":
          turns.bury(run)
          leave()
          return await never
        case "stall before":
          await pause()
      }
      const rows = await execute(sql, params)
      switch (fault) {
        case "lost after":
          throw new Error("Network connection lost.")
        case "death after":
          turns.bury(run)
          leave()
          return await never
        case "stall after":
          await pause()
      }
      return rows
    } finally {
      leave()
    }
  }
}

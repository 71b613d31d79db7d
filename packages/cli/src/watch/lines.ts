import * as Effect from "effect/Effect"
import type { Status } from "../api/answers.ts"
import { clean, cleanName } from "../print/clean.ts"
import { note, print, printJson } from "../print/out.ts"
import { shownState, sourcesByName, stateOf } from "../print/states.ts"
import { counted } from "../print/words.ts"
import { isSettled, type Watching, watching } from "./look.ts"

/** Prints a line for each change of a table's state; the first look is a change of each. */
export const watchLines = (view: Watching, json: boolean) => {
  const before = new Map<string, string>()
  let isMissing = false
  const changesIn = (status: Status) => {
    const sources = sourcesByName(status)
    return status.tables.flatMap((one) => {
      // What a run does in between is no change: a line each few seconds would hide the ones that count.
      const state = one.state === "running" && before.has(one.table) ? before.get(one.table) : stateOf(one, sources)
      const was = before.get(one.table)
      if (state === undefined || state === was) return []
      before.set(one.table, state)
      return [{ one, was, state }]
    })
  }
  const show = (status: Status) =>
    Effect.gen(function* () {
      isMissing = false
      const time = new Date().toISOString()
      for (const { one, was, state } of changesIn(status)) {
        const code = one.error?.code
        if (json) {
          yield* printJson({
            time,
            table: one.table,
            from: was ?? null,
            to: state,
            rows: one.rows,
            error: one.error ?? null,
          })
        } else {
          const from = was === undefined ? "" : `${clean(shownState(was).words)} -> `
          const why = code === undefined ? "" : `, ${clean(code)}`
          yield* print(
            `${time.slice(0, 19)}Z ${cleanName(one.table)}: ${from}${clean(shownState(state).words)} (${counted(one.rows, "row")}${why})`,
          )
        }
      }
      return view.untilFresh ? yield* isSettled(status) : false
    })
  return watching(view, show, ({ message }) => {
    if (isMissing) return Effect.void
    isMissing = true
    return note(message)
  })
}

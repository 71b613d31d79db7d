import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { LogContext } from "./Context.ts"

/**
 * The replica tables into which rows came, or which rows left, without a word in the log: by partitions that were attached,
 * detached or dropped, and by what writes a table anew. What else is new in what holds a table's rows is noted.
 */
export const unseenChanges = Effect.fnUntraced(function* (
  context: LogContext,
): Effect.fn.Return<ReadonlySet<string>, ConnectorError> {
  const unseen = new Set<string>()
  // What the log has not told yet may explain it.
  if (context.state.more) return unseen
  for (const [into, { plan, logged }] of context.served) {
    const live = context.find({ into, which: "live" })
    if (live === undefined) continue
    const [before, now, attached] = [new Set(live.parts), new Set(logged.parts), new Set(logged.attached)]
    const isNew = logged.parts.filter((part) => !before.has(part))
    const emptiedBy = context.state.emptied.get(into)
    // Whoever has emptied the table was the last to make anew what holds its rows.
    const isTold = logged.parts.every((part, at) => before.has(part) || logged.madeBy[at] === emptiedBy)
    const isGone = live.parts.some((part) => !now.has(part)) && !(emptiedBy !== undefined && isTold)
    if (isGone || isNew.some((part) => attached.has(part))) unseen.add(into)
    else if (isNew.length > 0 || live.parts.length !== logged.parts.length) {
      yield* context.follow({ ...live, parts: logged.parts }, plan)
    }
  }
  return unseen
})

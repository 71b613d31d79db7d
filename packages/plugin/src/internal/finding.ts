import { type Past, type Way, wayOf } from "@starbase-replication/core/run"
import type { Position, RunState } from "@starbase-replication/core/sink"
import { iso } from "./iso.ts"

/** How a table's changes were found by its last pull; null before the first one. */
export const changesOf = (
  { position, ranged, source, table }: Pick<RunState, "position" | "ranged" | "source" | "table">,
  logs: Past["logs"],
): Way | null => {
  const log = logs?.get(source)
  const isFollowing = log?.following.some(({ into }) => into === table) === true
  if (isFollowing) return wayOf({ hasCursor: false, tells: false, log: { unserved: undefined } })
  if (position === undefined) return null
  const parts = position.seen?.parts ?? position.began?.parts ?? []
  const unserved = log?.unserved.get(table)
  return wayOf({
    hasCursor: position.trail !== null,
    tells: parts.length > 0,
    digests: ranged || position.whole?.told !== undefined,
    isWhole: position.sweep === "whole",
    log: unserved === undefined ? undefined : { unserved },
  })
}

/** A transaction at the source that was open when the table was last looked at. */
export interface HeldBack {
  /** Its id at the source. */
  readonly transaction: string
  /** When it was first seen to be the oldest one; ISO 8601, in UTC. */
  readonly since: string | null
}

/** What makes each pull read the same rows again, which costs the source and no write. */
export const heldBackOf = (position: Position | undefined): HeldBack | null => {
  const seen = position?.seen
  if (seen === undefined || seen.parts.length === 0 || seen.before === seen.next) return null
  return { transaction: seen.before, since: iso(seen.at) }
}

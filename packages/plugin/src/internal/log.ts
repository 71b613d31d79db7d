import type { LogState } from "@starbase-replication/core/sink"
import { shownPosition } from "./freshness/positions.ts"
import { iso } from "./iso.ts"

/** How a source's change log does, as `GET /replicate/status` shows it. */
export interface LogStatus {
  /** What the source keeps its log in for this replica; null where it keeps it for nobody, and as long as it likes. */
  readonly slot: string | null
  /** All up to it is applied. */
  readonly position: string
  readonly syncedAt: string | null
  /** Whether readers may see a part of a transaction that is too large to be applied in one step. */
  readonly torn: boolean
  /** How many bytes the source keeps for this replica, and how many more until it throws them away; null without a limit. */
  readonly heldBytes: number | null
  readonly safeBytes: number | null
  /** The source's own word for how it keeps them. */
  readonly keeping: string | null
  /** What keeps the source from letting go of what was read. */
  readonly holds: string | null
  readonly level: "ok" | "warning" | "alarm"
  readonly notedAt: string | null
  /** What to do about it, where something is to be done. */
  readonly hint: string | null
}

const gigabyte = 1024 ** 3

/** Where what is kept costs the source much, or is about to be thrown away. */
const levelOf = (log: LogState, isConfigured: boolean): LogStatus["level"] => {
  const { held = 0, safe = null, keeping = "", state = "ready" } = log.keeping ?? {}
  if (log.slot === "") return "ok"
  if (!isConfigured || state === "lost" || keeping === "unreserved" || held >= 4 * gigabyte) return "alarm"
  return held >= gigabyte || (safe !== null && safe < held) ? "warning" : "ok"
}

const hintOf = ({ slot, keeping }: LogState, isConfigured: boolean, level: LogStatus["level"]): string | null => {
  if (slot === "") return null
  if (!isConfigured) {
    return `The config reads this log no more, and its source keeps everything for it until its disk is full. Run there: SELECT pg_drop_replication_slot('${slot.replaceAll("'", "''")}');`
  }
  if (level === "ok") return null
  const holds = keeping?.holds ?? undefined
  return holds === undefined
    ? "See that the log is read: the source keeps what was not."
    : `The source cannot let go of its log because of ${holds}. End it.`
}

export const logOf = (log: LogState | undefined, isConfigured: boolean): LogStatus | null => {
  if (log === undefined) return null
  const { slot, position, syncedAt, isTorn, keeping, notedAt } = log
  const level = levelOf(log, isConfigured)
  return {
    slot: slot === "" ? null : slot,
    position: shownPosition(position),
    syncedAt: iso(syncedAt),
    torn: isTorn,
    heldBytes: slot === "" ? null : (keeping?.held ?? null),
    safeBytes: keeping?.safe ?? null,
    keeping: keeping?.keeping ?? null,
    holds: keeping?.holds ?? null,
    level,
    notedAt: iso(notedAt),
    hint: hintOf(log, isConfigured, level),
  }
}

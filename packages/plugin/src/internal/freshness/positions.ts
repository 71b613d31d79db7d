import { coversGtids, parseGtids, printGtids } from "@starbase-replication/core/source"
import type { Standing } from "./standing.ts"

/** The header by which a query asks for all that a source has committed up to a position of its change log. */
export const afterHeader = "X-Replication-After"

/** The header that tells up to which position of its source's change log the rows of an answer are. */
export const positionHeader = "X-Replication-Position"

const form = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/

const lsnOf = (text: string): bigint | undefined => {
  const [, high, low] = form.exec(text.trim()) ?? []
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/**
 * Whether a text is a position: as PostgreSQL's `pg_current_wal_insert_lsn()` prints one, MariaDB's `@@gtid_binlog_pos`, or
 * MySQL's `@@gtid_executed`.
 */
export const isPosition = (text: string): boolean =>
  lsnOf(text) !== undefined || (text.trim() !== "" && parseGtids(text) !== undefined)

/** Whether the first position is at or past the second. Those of other servers are past nothing. */
export const isPastPosition = (position: string, other: string): boolean => {
  const [lsn, otherLsn] = [lsnOf(position), lsnOf(other)]
  if (lsn !== undefined && otherLsn !== undefined) return lsn >= otherLsn
  const [gtids, otherGtids] = [parseGtids(position), parseGtids(other)]
  return gtids !== undefined && otherGtids !== undefined && coversGtids(gtids, otherGtids)
}

/** A position as it is shown to whoever asks: not where in its files a server has it. */
export const shownPosition = (position: string): string => {
  const gtids = lsnOf(position) === undefined ? parseGtids(position) : undefined
  return gtids === undefined ? position : printGtids(gtids)
}

/** The least position of tables that follow a log; undefined where none of them does. */
export const leastPosition = (standings: ReadonlyArray<Standing>): string | undefined =>
  standings.reduce<string | undefined>(
    (least, { position }) =>
      position === undefined || (least !== undefined && isPastPosition(position, least)) ? least : position,
    undefined,
  )

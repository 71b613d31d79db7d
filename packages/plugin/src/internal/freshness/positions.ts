import type { Standing } from "./standing.ts"

/** The header by which a query asks for all that a source has committed up to a position of its change log. */
export const afterHeader = "X-Replication-After"

/** The header that tells up to which position of its source's change log the rows of an answer are. */
export const positionHeader = "X-Replication-Position"

const form = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/

const numberOf = (text: string): bigint | undefined => {
  const [, high, low] = form.exec(text.trim()) ?? []
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** Whether a text is a position, as `pg_current_wal_insert_lsn()` prints one. */
export const isPosition = (text: string): boolean => numberOf(text) !== undefined

/** Whether the first position is at or past the second. */
export const isPastLsn = (position: string, other: string): boolean =>
  (numberOf(position) ?? 0n) >= (numberOf(other) ?? 0n)

/** The least position of tables that follow a log; undefined where none of them does. */
export const leastPosition = (standings: ReadonlyArray<Standing>): string | undefined =>
  standings.reduce<string | undefined>(
    (least, { position }) =>
      position === undefined || (least !== undefined && isPastLsn(position, least)) ? least : position,
    undefined,
  )

const form = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/

/** The number that a position of PostgreSQL's log stands for; undefined for a text that is none. */
export const lsnNumber = (text: string): bigint | undefined => {
  const [, high, low] = form.exec(text.trim()) ?? []
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** The text of a position. */
export const lsnText = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`

/** Whether the first position is at or past the second. */
export const isPast = (position: string, other: string): boolean =>
  (lsnNumber(position) ?? 0n) >= (lsnNumber(other) ?? 0n)

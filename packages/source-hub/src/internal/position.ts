/** A place in a hub's log: all up to the seq was told. */
export interface Place {
  readonly epoch: string
  readonly seq: number
}

export const printPlace = ({ epoch, seq }: Place): string => `${epoch}:${seq}`

/** Reads what {@link printPlace} has printed; undefined for anything else. */
export const parsePlace = (text: string): Place | undefined => {
  const [, epoch, seq] = /^([0-9a-z]{1,64}):(\d{1,15})$/.exec(text) ?? []
  return epoch === undefined ? undefined : { epoch, seq: Number(seq) }
}

/** Whether the first place is at or past the second; places of two epochs say nothing of each other. */
export const isPast = (place: string, other: string): boolean => {
  const [a, b] = [parsePlace(place), parsePlace(other)]
  return a !== undefined && b !== undefined && a.epoch === b.epoch && a.seq >= b.seq
}

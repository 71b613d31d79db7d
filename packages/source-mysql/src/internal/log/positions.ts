import { type Gtids, parseGtids, printGtids } from "@starbase-replication/core/source"

/** A place in a server's files. */
export interface Place {
  readonly file: string
  readonly at: number
}

/** Where a server found the last transaction that was passed; another server has it elsewhere. */
export interface Hint extends Place {
  readonly server: string
}

const hintForm = / (\S+):(\d+)@(\w+)$/

/** Reads the hint of a position: to look for a transaction by its id, a server reads all of a file that comes before it. */
export const readHint = (position: string): Hint | undefined => {
  const [, file, at, server] = hintForm.exec(position) ?? []
  return file === undefined || at === undefined || server === undefined ? undefined : { file, at: Number(at), server }
}

/** The text of a position, with where its last transaction was found, if that is known. */
export const printPosition = (gtids: Gtids, hint: Hint | undefined): string => {
  const text = printGtids(gtids)
  return hint === undefined || text === "" ? text : `${text} ${hint.file}:${hint.at}@${hint.server}`
}

/** A position as somebody wrote it, in this log's own form; undefined for what is none. */
export const readPosition = (text: string, kind: Gtids["kind"]): Gtids | undefined => {
  const gtids = parseGtids(text, kind)
  return gtids?.kind === kind ? gtids : undefined
}

const numberOf = ({ file }: Place): number => Number(/(\d+)$/.exec(file)?.[1] ?? 0)

/** Whether a place is past another one of the same server. */
export const isPastPlace = (place: Place, other: Place): boolean =>
  numberOf(place) === numberOf(other) ? place.at > other.at : numberOf(place) > numberOf(other)

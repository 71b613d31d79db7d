import { count, span } from "./text.ts"
import type { Problem, Source, Status, Table } from "./types.ts"

/** How a table does, as a person sees it. The order is from what needs somebody to what does not. */
export type Kind =
  | "needs"
  | "failing"
  | "overdue"
  | "loading"
  | "running"
  | "catching"
  | "pending"
  | "paused"
  | "left"
  | "fresh"

export const kinds: ReadonlyArray<Kind> = [
  "needs",
  "failing",
  "overdue",
  "loading",
  "running",
  "catching",
  "pending",
  "paused",
  "left",
  "fresh",
]

export const words: Readonly<Record<Kind, string>> = {
  needs: "Waits for you",
  failing: "Failing",
  overdue: "Overdue",
  loading: "First load",
  running: "Running",
  catching: "Catching up",
  pending: "Not yet run",
  paused: "Paused",
  left: "Left out",
  fresh: "Fresh",
}

/** A table with what the page says of it. */
export interface Standing {
  readonly table: Table
  readonly kind: Kind
  readonly word: string
  /** Whether its error is its source's, which is told once for all its tables. */
  readonly isSourceDown: boolean
  /** How much of a load is done, from 0 to 1; undefined where nobody knows. */
  readonly done: number | undefined
}

/** A run that is over sooner is not worth a word. */
const longMillis = 5000
/** What is due is a minute late at most where something runs it, and what is known of that is a minute old. */
const lateMillis = 180_000

export const time = (at: string | null): number | undefined => (at === null ? undefined : Date.parse(at))

/** What each table of an answer stands for, at a moment of the instance's own clock. */
export const standings = ({ tables, sources }: Status, now: number): ReadonlyArray<Standing> => {
  const down = new Map(sources.filter(({ error }) => error !== null).map((source) => [source.source, source]))
  return tables.map((table) => {
    const isSourceDown = isOf(down.get(table.source), table.error) && table.state === "failing"
    const kind = kindOf(table, now, isSourceDown)
    return { table, kind, word: wordOf(table, kind, isSourceDown), isSourceDown, done: doneOf(table, kind) }
  })
}

const isOf = (source: Source | undefined, error: Problem | null): boolean =>
  source?.error !== null && source?.error !== undefined && error !== null && source.error.code === error.code

const kindOf = (table: Table, now: number, isSourceDown: boolean): Kind => {
  const { state, syncedAt, nextRunAt, progress } = table
  const startedAt = time(progress?.startedAt ?? null)
  const isLong = startedAt !== undefined && now - startedAt > longMillis
  if (state === "waiting") return "needs"
  if (state === "failing") return nextRunAt === null && !isSourceDown ? "needs" : "failing"
  if (state === "paused") return "paused"
  if (state === "refused") return "left"
  if (state === "pending") return "pending"
  if (syncedAt === null) return "loading"
  if (table.rebuilding) return "running"
  if (state === "running") return isLong ? "running" : "fresh"
  if (state === "catching-up") return "catching"
  const dueAt = time(nextRunAt)
  return dueAt !== undefined && now - dueAt > lateMillis ? "overdue" : "fresh"
}

const wordOf = ({ progress, rebuilding }: Table, kind: Kind, isSourceDown: boolean): string => {
  if (isSourceDown) return "Source down"
  if (kind !== "running") return words[kind]
  if (progress?.phase === "verify") return "Comparing values"
  if (progress?.phase === "deletes") return "Looking for deletions"
  if (progress?.phase === "swap") return "Swapping in"
  return rebuilding ? "Rebuilding" : "Pulling"
}

const doneOf = ({ rows, progress, rebuilding, estimatedRows }: Table, kind: Kind): number | undefined => {
  const isLoad = kind === "loading" || (kind === "running" && rebuilding)
  if (!isLoad || estimatedRows === null || estimatedRows === 0) return undefined
  const loaded = rebuilding ? (progress?.read ?? 0) : rows
  // An estimate may be too small: what is not over is not done.
  return Math.min(0.99, loaded / estimatedRows)
}

/** When it is run next, in a few words. */
export const nextWords = ({ table, kind }: Standing, now: number): string => {
  const at = time(table.nextRunAt)
  if (kind === "needs" || kind === "paused" || kind === "left" || at === undefined)
    return kind === "needs" ? "waits for you" : "–"
  if (table.running) return "running"
  return at - now < 1000 ? "now" : `in ${span(at - now)}`
}

/** How old the replica may be, in milliseconds. */
export const lagOf = ({ syncedAt }: Table, now: number): number | undefined => {
  const at = time(syncedAt)
  return at === undefined ? undefined : Math.max(0, now - at)
}

/** What the guard has stopped, and what would happen. */
export const guardWords = ({ by, rows, suspects }: NonNullable<Table["guard"]>): string =>
  by === "marked"
    ? `${count(suspects)} of ${count(rows)} rows were marked as deleted at the source and have left the replica. The rest waits.`
    : `At least ${count(suspects)} of ${count(rows)} rows are gone at the source. Nothing was deleted; pulls go on.`

import type { ErrorAnswer, SourceStatus, Status, TableStatus } from "../api/answers.ts"
import { duration, secondsUntil } from "./words.ts"
import type { Style } from "./style.ts"

/** A state as it is shown. */
interface Shown {
  readonly words: string
  readonly glyph: string
  readonly as: keyof Style
  /** Lower ones stand higher. */
  readonly rank: number
}

const states: ReadonlyMap<string, Shown> = new Map([
  ["waits", { words: "waits for you", glyph: "◆", as: "red", rank: 0 }],
  ["failing", { words: "failing", glyph: "▲", as: "red", rank: 1 }],
  ["source-down", { words: "source down", glyph: "▲", as: "red", rank: 2 }],
  ["loading", { words: "first load", glyph: "◔", as: "blue", rank: 3 }],
  ["catching-up", { words: "catching up", glyph: "◔", as: "blue", rank: 4 }],
  ["running", { words: "running", glyph: "▶", as: "blue", rank: 5 }],
  ["pending", { words: "not yet run", glyph: "○", as: "dim", rank: 6 }],
  ["paused", { words: "paused", glyph: "‖", as: "yellow", rank: 7 }],
  ["refused", { words: "left out", glyph: "○", as: "dim", rank: 8 }],
  ["ok", { words: "fresh", glyph: "●", as: "green", rank: 9 }],
])

/** Which state a table is shown with: what waits for a person is told apart from what is tried again. */
export const stateOf = (table: TableStatus, sources: ReadonlyMap<string, SourceStatus>): string => {
  if (table.state === "waiting") return table.guard?.confirmed === true ? "failing" : "waits"
  if (table.state !== "failing") return table.state
  const source = sources.get(table.source)?.error
  if (source !== undefined && source !== null && source.code === table.error?.code) return "source-down"
  return table.nextRunAt === null || table.nextRunAt === undefined ? "waits" : "failing"
}

/** How a state is shown; one of another release as it is. */
export const shownState = (state: string): Shown =>
  states.get(state) ?? { words: state, glyph: "·", as: "bold", rank: 5 }

/** The states that a person or a script should hear of. */
export const isTrouble = (state: string): boolean => ["waits", "failing", "source-down"].includes(state)

export const sourcesByName = ({ sources }: Status): ReadonlyMap<string, SourceStatus> =>
  new Map(sources.map((one) => [one.source, one]))

/** When a table is run next, in few words. */
export const nextOf = ({ nextRunAt }: TableStatus, now: number): string => {
  const seconds = secondsUntil(nextRunAt, now)
  if (seconds === undefined) return "-"
  return seconds < 1 ? "now" : duration(seconds)
}

/** The command that does what an error's action says. */
export const commandFor = (table: string, { action }: ErrorAnswer): string | undefined =>
  action === undefined || action === null ? undefined : `starbase-replication ${action} ${shellWord(table)}`

/** A name as one word of a shell's line. */
export const shellWord = (name: string): string => {
  const word = /^[\w./:@%+,-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`
  return name.startsWith("-") ? `-- ${word}` : word
}

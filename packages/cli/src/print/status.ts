import type { ErrorAnswer, Status, TableStatus } from "../api/answers.ts"
import { hintOf } from "../api/Api.ts"
import { clean, cleanLines, cleanName } from "./clean.ts"
import { progressOf } from "./progress.ts"
import { commandFor, isTrouble, nextOf, shownState, sourcesByName, stateOf } from "./states.ts"
import type { Style } from "./style.ts"
import { type Cell, type Column, table } from "./table.ts"
import { bytes, count, counted, duration, secondsUntil } from "./words.ts"

/** By what rows are sorted; `state` has the worst first. */
export const sortings = ["state", "table", "rows", "lag"] as const

export interface StatusView {
  readonly now: number
  readonly style: Style
  readonly sort: (typeof sortings)[number]
  readonly only?: string | undefined
  readonly width?: number | undefined
}

interface Line {
  readonly one: TableStatus
  readonly state: string
}

const columns: ReadonlyArray<Column> = [
  { title: "TABLE" },
  { title: "STATE" },
  { title: "ROWS", align: "right" },
  { title: "LAG", align: "right" },
  { title: "NEXT", align: "right" },
  { title: "NOTES" },
]

/** The tables of a status with their states, sorted, of one state where one is asked for. */
export const linesOf = (status: Status, { sort, only }: Pick<StatusView, "sort" | "only">): ReadonlyArray<Line> => {
  const sources = sourcesByName(status)
  const lines = status.tables.map((one) => ({ one, state: stateOf(one, sources) }))
  const kept = only === undefined ? lines : lines.filter(({ one, state }) => state === only || one.state === only)
  const byName = (a: Line, b: Line) => a.one.table.localeCompare(b.one.table, "en")
  const orders: Readonly<Record<StatusView["sort"], (a: Line, b: Line) => number>> = {
    state: (a, b) => shownState(a.state).rank - shownState(b.state).rank || byName(a, b),
    table: byName,
    rows: (a, b) => b.one.rows - a.one.rows || byName(a, b),
    lag: (a, b) => (b.one.lagSeconds ?? Infinity) - (a.one.lagSeconds ?? Infinity) || byName(a, b),
  }
  return kept.toSorted(orders[sort])
}

/** The table of tables. */
export const statusTable = (lines: ReadonlyArray<Line>, { now, style, width }: StatusView): ReadonlyArray<string> =>
  table(
    columns,
    lines.map(({ one, state }): ReadonlyArray<Cell> => {
      const { as, words } = shownState(state)
      const { lagSeconds } = one
      return [
        cleanName(one.table),
        { text: clean(words), as: style[as] },
        count(one.rows),
        lagSeconds === null || lagSeconds === undefined ? "-" : duration(lagSeconds),
        nextOf(one, now),
        notesOf(one, state, now),
      ]
    }),
    style,
    width,
  )

const notesOf = (one: TableStatus, state: string, now: number): string => {
  const since = secondsUntil(one.errorSince, now)
  const isTold = one.error !== undefined && one.error !== null && state !== "source-down"
  return [
    ...(isTold ? [`${clean(one.error.code)}${since === undefined ? "" : ` for ${duration(-since)}`}`] : []),
    ...progressOf(one, now),
    ...(one.rebuilding === true ? ["rebuilding"] : []),
    ...(one.drift === null || one.drift === undefined ? [] : ["columns changed"]),
    ...((one.rejects ?? 0) > 0 ? [`${counted(one.rejects ?? 0, "row")} set aside`] : []),
    ...((one.differences ?? 0) > 0 ? [`${counted(one.differences ?? 0, "difference")}`] : []),
  ].join(", ")
}

/** What a person must know beside the table: each failure once, with what to do about it. */
export const problemsOf = (status: Status, lines: ReadonlyArray<Line>, style: Style): ReadonlyArray<string> => {
  const told = (subject: string, error: ErrorAnswer): ReadonlyArray<string> => {
    const hint = hintOf(error)
    return [
      `${style.bold(subject)}: ${cleanLines(error.message)}`,
      ...(hint === undefined ? [] : [`    ${clean(hint)}`]),
    ]
  }
  const config = typeof status.config === "object" && status.config !== null ? told("config", status.config) : []
  const sources = status.sources.flatMap(({ source, error }) => {
    if (error === null || error === undefined) return []
    const tables = lines.filter(({ one, state }) => one.source === source && state === "source-down").length
    return told(`source ${cleanName(source)} (${counted(tables, "table")})`, error)
  })
  const tables = lines.flatMap(({ one, state }) => {
    if (one.error === null || one.error === undefined) return []
    return isTrouble(state) && state !== "source-down" ? told(cleanName(one.table), one.error) : []
  })
  return [...config, ...sources, ...tables]
}

/** How many tables stand how, and the size of the whole. */
export const summaryOf = (status: Status): string => {
  const sources = sourcesByName(status)
  const counts = new Map<string, number>()
  for (const one of status.tables) {
    const state = stateOf(one, sources)
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const parts = [...counts]
    .toSorted(([a], [b]) => shownState(a).rank - shownState(b).rank)
    .map(([state, number]) => `${count(number)} ${clean(shownState(state).words)}`)
  const { databaseBytes, limitBytes, version } = status
  const size =
    databaseBytes === null || databaseBytes === undefined
      ? ""
      : ` ${bytes(databaseBytes)}${limitBytes === null || limitBytes === undefined ? "" : ` of ${bytes(limitBytes)}`}.`
  const release = version === null || version === undefined ? "" : ` Release ${clean(version)}.`
  const tables = status.tables.length === 0 ? "No table has run or is configured." : ""
  return `${tables || `${counted(status.tables.length, "table")}: ${parts.join(", ")}.`}${size}${release}`
}

/** The command that helps the worst table, where one does. */
export const suggestionOf = (lines: ReadonlyArray<Line>): string | undefined => {
  for (const { one, state } of lines) {
    const command = isTrouble(state) && one.error ? commandFor(one.table, one.error) : undefined
    if (command !== undefined) return command
  }
  return undefined
}

import * as Effect from "effect/Effect"
import * as Terminal from "effect/Terminal"
import type { Status, TableStatus } from "../api/answers.ts"
import { cleanName } from "../print/clean.ts"
import { bar, expectedRows, isLoading, rateOf } from "../print/progress.ts"
import { linesOf, problemsOf, statusTable, summaryOf } from "../print/status.ts"
import { cut } from "../print/table.ts"
import { count, duration } from "../print/words.ts"
import { isSettled, type Watching, watching } from "./look.ts"

const write = (text: string) =>
  Effect.sync(() => {
    process.stdout.write(text)
  })

/** The other screen of the terminal, without a cursor and without breaking lines: what stood there stands there again. */
const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l"
const leave = "\u001b[?7h\u001b[?25h\u001b[?1049l"

interface Seen {
  readonly rows: number
  readonly at: number
}

/** How long a rate looks back. */
const rateMillis = 10_000

/** Draws the table again and again, and gives the terminal back as it was, however it ends. */
export const watchScreen = (view: Watching) =>
  Effect.acquireUseRelease(
    write(enter),
    () => draw(view),
    () => write(leave),
  )

const draw = (view: Watching) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal.Terminal
    const seen = new Map<string, Array<Seen>>()
    let last: ReadonlyArray<string> = []
    const put = (lines: ReadonlyArray<string>, head: string) =>
      Effect.gen(function* () {
        const height = (yield* terminal.rows) || 24
        const all = [head, "", ...lines]
        const shown =
          all.length < height ? all : [...all.slice(0, height - 2), `and ${all.length - height + 2} lines more`]
        yield* write(`\u001b[H${shown.map((line) => `${line}\u001b[K\r\n`).join("")}\u001b[J`)
      })
    const show = (status: Status) =>
      Effect.gen(function* () {
        const now = Date.now()
        const width = (yield* terminal.columns) || 80
        const lines = linesOf(status, { sort: "state" })
        const problems = problemsOf(status, lines, view.style)
        last = [
          ...statusTable(lines, { now, style: view.style, sort: "state", width }),
          "",
          ...lines.flatMap(({ one }) => barsOf(one, noteRows(seen, one, now), now, width)),
          ...problems,
          ...(problems.length === 0 ? [] : [""]),
          summaryOf(status),
        ]
        yield* put(last, headOf(view, now, "Ctrl+C ends"))
        return view.untilFresh ? yield* isSettled(status) : false
      })
    yield* watching(view, show, ({ message }) =>
      put(last.map(view.style.dim), `${view.style.red("No answer")}, what you see is old: ${message}`),
    )
  })

const headOf = ({ api, style }: Watching, now: number, hint: string): string =>
  `${style.bold("Replication")}  ${api.url.host}  ${new Date(now).toISOString().slice(11, 19)} UTC  ${style.dim(hint)}`

/** Remembers the rows of a table, and answers what it had some seconds ago. */
const noteRows = (seen: Map<string, Array<Seen>>, { rows, table }: TableStatus, now: number): Seen => {
  const known = (seen.get(table) ?? []).filter(({ at }) => now - at <= rateMillis)
  seen.set(table, [...known, { rows, at: now }])
  return known[0] ?? { rows, at: now }
}

/** How far a first load is: a bar where it is known how many rows there are, else the rows and how fast they come. */
const barsOf = (one: TableStatus, before: Seen, now: number, width: number): ReadonlyArray<string> => {
  if (!isLoading(one)) return []
  const rate = rateOf(one.rows, before, now)
  const speed = before.at === now ? "" : `, ${count(Math.round(rate))}/s`
  const name = cut(cleanName(one.table), 24)
  const expected = expectedRows(one)
  if (expected === undefined) return [`${name}  ${count(one.rows)} rows so far${speed}`]
  const share = one.rows / expected
  const left = rate > 0 && share < 1 ? `, about ${duration((expected - one.rows) / rate)} left` : ""
  const percent = `${Math.min(99, Math.floor(share * 100))}%`
  return [
    `${name}  ${bar(share, Math.max(10, Math.min(40, width - 60)))} ${percent} of about ${count(expected)}${speed}${left}`,
  ]
}

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { decodeAs } from "../api/Api.ts"
import { History } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { answering, maybeTable } from "../command.ts"
import { clean, cleanName } from "../print/clean.ts"
import { print } from "../print/out.ts"
import { type Style, styleOf } from "../print/style.ts"
import { type Cell, type Column, table } from "../print/table.ts"
import { count, duration, moment } from "../print/words.ts"

const columns: ReadonlyArray<Column> = [
  { title: "STARTED (UTC)" },
  { title: "TABLE" },
  { title: "READ", align: "right" },
  { title: "WRITTEN", align: "right" },
  { title: "DELETED", align: "right" },
  { title: "TOOK", align: "right" },
  { title: "NOTES" },
]

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? "-" : count(value)

const cellsOf = (run: (typeof History.Type)["runs"][number], style: Style): ReadonlyArray<Cell> => {
  const took = Date.parse(run.endedAt ?? "") - Date.parse(run.startedAt)
  const notes = [
    ...(run.error === null || run.error === undefined ? [] : [clean(run.error.code)]),
    ...((run.rejected ?? 0) > 0 ? [`${count(run.rejected ?? 0)} set aside`] : []),
    ...(run.more === true ? ["more to come"] : []),
  ]
  return [
    moment(run.startedAt),
    cleanName(run.table),
    number(run.read),
    number(run.written),
    number(run.deleted),
    Number.isNaN(took) ? "-" : duration(took / 1000),
    { text: notes.join(", "), as: run.error ? style.red : style.dim },
  ]
}

export const history = Command.make(
  "history",
  {
    table: maybeTable,
    limit: Flag.Int("limit").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("So many runs, 1000 at most"),
      Flag.withDefault(20),
    ),
    ...instanceFlags,
  },
  (options) =>
    answering(
      options,
      (api) =>
        api.ask("replicate/history", {
          query: { table: Option.getOrUndefined(options.table), limit: String(options.limit) },
        }),
      ({ result }) =>
        Effect.gen(function* () {
          const { events, runs } = yield* decodeAs(History)(result)
          const style = yield* styleOf
          const lines = [
            ...runs.map((run) => ({ at: run.startedAt, cells: cellsOf(run, style) })),
            ...(events ?? []).map(({ at, event, table }) => ({
              at,
              cells: [
                moment(at),
                cleanName(table),
                "",
                "",
                "",
                "",
                { text: `${clean(event)}, by an operator`, as: style.bold },
              ],
            })),
          ]
          if (lines.length === 0) return yield* print("No run has changed anything or failed yet.")
          const newest = lines.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, options.limit)
          yield* print(
            ...table(
              columns,
              newest.map(({ cells }) => cells),
              style,
            ),
          )
        }),
    ),
).pipe(
  Command.withDescription(
    "Show the last runs that changed something or failed, and what operators did, the newest first.",
  ),
  Command.withShortDescription("The last runs"),
  Command.withExamples([{ command: "starbase-replication history orders -n 50" }]),
)

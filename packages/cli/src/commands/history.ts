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
import { styleOf } from "../print/style.ts"
import { type Column, table } from "../print/table.ts"
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
          const { runs } = yield* decodeAs(History)(result)
          if (runs.length === 0) return yield* print("No run has changed anything or failed yet.")
          const style = yield* styleOf
          const rows = runs.map((run) => {
            const end = run.endedAt
            const took = end === null || end === undefined ? undefined : Date.parse(end) - Date.parse(run.startedAt)
            const notes = [
              ...[run.kind, run.event].flatMap((word) => (word === null || word === undefined ? [] : [clean(word)])),
              ...((run.rejected ?? 0) > 0 ? [`${count(run.rejected ?? 0)} set aside`] : []),
              ...(run.more === true ? ["more to come"] : []),
            ]
            const failed = run.error === null || run.error === undefined ? [] : [clean(run.error.code)]
            return [
              moment(run.startedAt),
              cleanName(run.table),
              number(run.read),
              number(run.written),
              number(run.deleted),
              took === undefined || Number.isNaN(took) ? "-" : duration(took / 1000),
              { text: [...failed, ...notes].join(", "), as: failed.length > 0 ? style.red : style.dim },
            ]
          })
          yield* print(...table(columns, rows, style))
        }),
    ),
).pipe(
  Command.withDescription("Show the last runs that changed something or failed, the newest first."),
  Command.withShortDescription("The last runs"),
  Command.withExamples([{ command: "starbase-replication history orders -n 50" }]),
)

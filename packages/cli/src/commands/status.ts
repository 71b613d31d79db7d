import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { decodeAs, openApi } from "../api/Api.ts"
import { Status } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { maybeTable } from "../command.ts"
import { Failed, trouble } from "../exit.ts"
import { print, printJson } from "../print/out.ts"
import { isTrouble, sourcesByName, stateOf } from "../print/states.ts"
import { linesOf, problemsOf, sortings, statusTable, suggestionOf, summaryOf } from "../print/status.ts"
import { styleOf } from "../print/style.ts"
import { cleanName } from "../print/clean.ts"

export const status = Command.make(
  "status",
  {
    table: maybeTable,
    only: Flag.String("only").pipe(
      Flag.withMetavar("<state>"),
      Flag.withDescription("Show tables of one state: waits, failing, loading, paused, ok and so on"),
      Flag.optional,
    ),
    sort: Flag.Literals("sort", sortings).pipe(
      Flag.withDescription("What stands first; the worst without it"),
      Flag.withDefault("state"),
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("End with 2 where a table fails or waits for you"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    ...instanceFlags,
  },
  (options) =>
    Effect.gen(function* () {
      const api = yield* openApi(options)
      const { result } = yield* api.ask("replicate/status")
      const wanted = Option.getOrUndefined(options.table)
      if (options.json && wanted === undefined) yield* printJson(result)
      const all = yield* decodeAs(Status)(result)
      const tables = wanted === undefined ? all.tables : all.tables.filter(({ table }) => table === wanted)
      if (wanted !== undefined && tables.length === 0) {
        return yield* new Failed({ exit: "usage", message: `Nothing is known of a table ${cleanName(wanted)}.` })
      }
      const shown = { ...all, tables }
      if (options.json && wanted !== undefined) yield* printJson(onlyTable(result, wanted))
      if (!options.json) {
        const lines = linesOf(shown, { sort: options.sort, only: Option.getOrUndefined(options.only) })
        const view = { now: Date.now(), style: yield* styleOf, sort: options.sort }
        const problems = problemsOf(shown, lines, view.style)
        const suggestion = suggestionOf(lines)
        yield* print(
          ...(lines.length === 0 ? [] : statusTable(lines, view)),
          ...(problems.length === 0 ? [] : ["", ...problems, ""]),
          summaryOf(shown),
          ...(suggestion === undefined ? [] : [`Try: ${suggestion}`]),
        )
      }
      if (!options.check) return
      const sources = sourcesByName(shown)
      const isWrong = typeof shown.config === "object" && shown.config !== null
      if (isWrong || shown.tables.some((one) => isTrouble(stateOf(one, sources)))) return yield* trouble
    }),
).pipe(
  Command.withDescription("Show where each table stands, the worst first."),
  Command.withShortDescription("Where each table stands"),
  Command.withExamples([
    { command: "starbase-replication status --only failing" },
    { command: "starbase-replication status --check --json", description: "In a script: ends with 2 where one fails" },
  ]),
)

/** The answer with one of its tables alone, each field as the instance gave it. */
const onlyTable = (result: unknown, wanted: string): unknown => {
  const { tables, ...rest } = result as { readonly tables: ReadonlyArray<{ readonly table: string }> }
  return { ...rest, tables: tables.filter(({ table }) => table === wanted) }
}

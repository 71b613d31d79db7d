import * as Effect from "effect/Effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { openApi, tablePath } from "../api/Api.ts"
import type { RunResult } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { Failed, trouble } from "../exit.ts"
import { print, printJson } from "../print/out.ts"
import { resultLines } from "../print/results.ts"
import { styleOf } from "../print/style.ts"
import { runsOf, untilComplete } from "../runs.ts"

export const run = Command.make(
  "run",
  {
    tables: Argument.String("table").pipe(
      Argument.withDescription("The replica table, by its name here; all without it"),
      Argument.variadic(),
    ),
    due: Flag.Boolean("due").pipe(
      Flag.withDescription("Pull only the tables that are due"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    complete: Flag.Boolean("complete").pipe(
      Flag.withDescription("Go on until there is no more to read"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    ...instanceFlags,
  },
  ({ complete, due, tables, ...options }) =>
    Effect.gen(function* () {
      if (due && tables.length > 0) {
        return yield* new Failed({ exit: "usage", message: "--due goes with all tables, not with some." })
      }
      const api = yield* openApi(options)
      const style = yield* styleOf
      const show = (result: RunResult) => (options.json ? Effect.void : print(...resultLines(result, style)))
      const requests =
        tables.length === 0
          ? [{ path: "replicate", query: { due: due ? "true" : undefined } }]
          : tables.map((table) => ({ path: tablePath(table), query: {} }))
      const results = yield* Effect.forEach(requests, ({ path, query }) => {
        const once = runsOf(api, path, query)
        return Effect.tap(complete ? untilComplete(once) : once, ({ tables }) => Effect.forEach(tables, show))
      })
      if (options.json) yield* printJson({ tables: results.flatMap(({ raw }) => raw) })
      else if (results.every(({ tables }) => tables.length === 0)) yield* print("No table is due.")
      if (results.some(({ isPartly }) => isPartly)) return yield* trouble
    }),
).pipe(
  Command.withDescription("Pull tables now, and print what it did to each."),
  Command.withShortDescription("Pull tables now"),
  Command.withExamples([
    { command: "starbase-replication run" },
    { command: "starbase-replication run orders customers --complete" },
  ]),
)

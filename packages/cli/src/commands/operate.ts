import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import { openApi, tablePath } from "../api/Api.ts"
import { type InstanceOptions, instanceFlags } from "../api/target.ts"
import { tablesArgument } from "../command.ts"
import { trouble } from "../exit.ts"
import { cleanName } from "../print/clean.ts"
import { print, printJson } from "../print/out.ts"
import { resultLines } from "../print/results.ts"
import { styleOf } from "../print/style.ts"
import { runsOf, untilComplete } from "../runs.ts"

interface Options extends InstanceOptions {
  readonly tables: ReadonlyArray<string>
}

/** Calls for an operation of each table, and says that it is done. */
const operate = ({ tables, ...options }: Options, operation: string, done: string) =>
  Effect.gen(function* () {
    const api = yield* openApi(options)
    const results = yield* Effect.forEach(tables, (table) =>
      Effect.tap(api.ask(tablePath(table, operation), { method: "POST", body: {} }), () =>
        options.json ? Effect.void : print(`${cleanName(table)}: ${done}`),
      ),
    )
    if (options.json) yield* printJson(results.length === 1 ? results[0]?.result : results.map(({ result }) => result))
  })

export const pause = Command.make("pause", { tables: tablesArgument, ...instanceFlags }, (options) =>
  operate(options, "pause", "paused"),
).pipe(
  Command.withDescription("Stop the schedule of tables; their replicas stay as they are."),
  Command.withShortDescription("Stop a table's schedule"),
)

export const resume = Command.make("resume", { tables: tablesArgument, ...instanceFlags }, (options) =>
  operate(options, "resume", "goes on"),
).pipe(
  Command.withDescription("Let the schedule of tables go on, and try again what has failed for good."),
  Command.withShortDescription("Let a table's schedule go on"),
)

export const refresh = Command.make("refresh", { tables: tablesArgument, ...instanceFlags }, ({ tables, ...options }) =>
  Effect.gen(function* () {
    const api = yield* openApi(options)
    const style = yield* styleOf
    const all = yield* Effect.forEach(tables, (table) =>
      Effect.gen(function* () {
        const first = yield* runsOf(api, tablePath(table, "refresh"))
        // The first call begins it; ordinary runs go on with what its time did not suffice for.
        const isDone = first.isPartly || first.tables.every(({ more }) => !more)
        const last = isDone ? first : yield* untilComplete(runsOf(api, tablePath(table)))
        if (!options.json) yield* print(...last.tables.flatMap((result) => resultLines(result, style)))
        return last
      }),
    )
    if (options.json) yield* printJson({ tables: all.flatMap(({ raw }) => raw) })
    if (all.some(({ isPartly }) => isPartly)) return yield* trouble
  }),
).pipe(
  Command.withDescription("Build replicas anew beside the ones that readers see, and swap them in."),
  Command.withShortDescription("Build a replica anew"),
)

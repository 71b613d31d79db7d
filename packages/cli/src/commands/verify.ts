import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { openApi, tablePath } from "../api/Api.ts"
import { type InstanceOptions, instanceFlags } from "../api/target.ts"
import { tablesArgument } from "../command.ts"
import { trouble } from "../exit.ts"
import { print, printJson } from "../print/out.ts"
import { differenceLines, resultLines, verifiedLine } from "../print/results.ts"
import { styleOf } from "../print/style.ts"
import { runsOf, untilComplete } from "../runs.ts"

interface Options extends InstanceOptions {
  readonly tables: ReadonlyArray<string>
}

/** Compares tables value by value to their ends, and ends with 2 where rows differ that were not mended. */
const compare = ({ tables, ...options }: Options, repair: boolean, withKeys: boolean) =>
  Effect.gen(function* () {
    const api = yield* openApi(options)
    const style = yield* styleOf
    const all = yield* Effect.forEach(tables, (table) =>
      Effect.tap(
        untilComplete(runsOf(api, tablePath(table, "verify"), repair ? { repair: "true" } : {})),
        ({ tables: results }) =>
          options.json
            ? Effect.void
            : print(
                ...results.flatMap((result) => {
                  if (result.error !== undefined && result.error !== null) return resultLines(result, style)
                  return [verifiedLine(result, style), ...(withKeys ? differenceLines(result, style) : [])]
                }),
              ),
      ),
    )
    if (options.json) yield* printJson({ tables: all.flatMap(({ raw }) => raw) })
    const differ = all.some(({ tables: results }) =>
      results.some(({ verification }) => (verification?.differing ?? 0) > 0),
    )
    if (differ || all.some(({ isPartly }) => isPartly)) return yield* trouble
  })

export const verify = Command.make(
  "verify",
  {
    tables: tablesArgument,
    repair: Flag.Boolean("repair").pipe(
      Flag.withDescription("Mend what differs"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    ...instanceFlags,
  },
  ({ repair, ...options }) => compare(options, repair, false),
).pipe(
  Command.withDescription("Compare source and replica value by value. Ends with 2 where rows differ."),
  Command.withShortDescription("Compare source and replica"),
  Command.withExamples([{ command: "starbase-replication verify orders --repair" }]),
)

export const diff = Command.make("diff", { tables: tablesArgument, ...instanceFlags }, (options) =>
  compare(options, false, true),
).pipe(
  Command.withDescription(
    "Compare source and replica, and print the keys of rows that differ: - missing in the replica, + in it alone, ~ with other values. Ends with 2 where there are any.",
  ),
  Command.withShortDescription("The keys of rows that differ"),
  Command.withExamples([{ command: "starbase-replication diff orders" }]),
)

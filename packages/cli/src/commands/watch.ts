import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import { openApi } from "../api/Api.ts"
import { instanceFlags } from "../api/target.ts"
import { Failed } from "../exit.ts"
import { styleOf } from "../print/style.ts"
import { watchLines } from "../watch/lines.ts"
import { watchScreen } from "../watch/screen.ts"

export const watch = Command.make(
  "watch",
  {
    interval: Flag.Finite("interval").pipe(
      Flag.withMetavar("<seconds>"),
      Flag.withDescription("How often to look; each look is a request to the instance"),
      Flag.withDefault(2),
    ),
    untilFresh: Flag.Boolean("until-fresh").pipe(
      Flag.withDescription("End as soon as every table is complete; with 2 where one waits for you"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    ...instanceFlags,
  },
  ({ interval, untilFresh, ...options }) =>
    Effect.gen(function* () {
      if (!(interval >= 0.2)) return yield* new Failed({ exit: "usage", message: "--interval is 0.2 at least." })
      const api = yield* openApi(options)
      const style = yield* styleOf
      const view = { api, style, untilFresh, millis: interval * 1000 }
      const { canAnimate } = yield* TerminalCapabilities
      yield* canAnimate && !options.json ? watchScreen(view) : watchLines(view, options.json)
    }),
).pipe(
  Command.withDescription(
    "Show where each table stands while it changes. On a terminal a live table, with bars for first loads; elsewhere a line for each change of state.",
  ),
  Command.withShortDescription("The same, live"),
  Command.withExamples([
    { command: "starbase-replication watch" },
    { command: "starbase-replication watch --until-fresh", description: "In a script: wait for the first load" },
  ]),
)

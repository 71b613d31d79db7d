import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import { openApi } from "../api/Api.ts"
import { instanceFlags } from "../api/target.ts"
import { answering } from "../command.ts"
import { cleanLines, toJson } from "../print/clean.ts"
import { print } from "../print/out.ts"

export const config = Command.make("config", instanceFlags, (options) =>
  answering(
    options,
    (api) => api.ask("replicate/config"),
    ({ result }) => print(toJson(result, 2)),
  ),
).pipe(
  Command.withDescription("Show the config as it holds in the instance, defaults filled in."),
  Command.withShortDescription("The config as it holds"),
)

const { json: _json, ...flagsWithoutJson } = instanceFlags

export const metrics = Command.make("metrics", flagsWithoutJson, (options) =>
  Effect.gen(function* () {
    const text = yield* (yield* openApi({ ...options, json: false })).text("replicate/metrics")
    yield* print(cleanLines(text.trimEnd(), ""))
  }),
).pipe(
  Command.withDescription("Print the metrics as OpenMetrics."),
  Command.withShortDescription("The metrics, as OpenMetrics"),
)

import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Command from "effect/cli/Command"
import { decodeAs, openApi } from "../api/Api.ts"
import { Rejects } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { answering, maybeTable } from "../command.ts"
import { clean, cleanLines, cleanName, toJson } from "../print/clean.ts"
import { print } from "../print/out.ts"
import { valueText } from "../print/results.ts"
import { styleOf } from "../print/style.ts"
import { table } from "../print/table.ts"

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

export const rejects = Command.make("rejects", { table: maybeTable, ...instanceFlags }, (options) =>
  answering(
    options,
    (api) => api.ask("replicate/rejects", { query: { table: Option.getOrUndefined(options.table), limit: "1000" } }),
    ({ result }) =>
      Effect.gen(function* () {
        const { rejects } = yield* decodeAs(Rejects)(result)
        if (rejects.length === 0) return yield* print("No row is set aside.")
        const rows = rejects.map(({ column, key, reason, table }) => [
          cleanName(table),
          key.map(valueText).join(", "),
          cleanName(column ?? "-"),
          clean(reason),
        ])
        const titles = [{ title: "TABLE" }, { title: "KEY" }, { title: "COLUMN" }, { title: "WHY" }]
        yield* print(...table(titles, rows, yield* styleOf))
      }),
  ),
).pipe(
  Command.withDescription("Show the rows that were set aside because the replica cannot hold them, and why."),
  Command.withShortDescription("Rows that were set aside"),
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

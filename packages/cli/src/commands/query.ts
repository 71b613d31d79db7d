import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { decodeAs } from "../api/Api.ts"
import { RawRows } from "../api/answers.ts"
import { instanceFlags, readStdin } from "../api/target.ts"
import { answering } from "../command.ts"
import { Failed } from "../exit.ts"
import { cleanName } from "../print/clean.ts"
import { note, print } from "../print/out.ts"
import { valueText } from "../print/results.ts"
import { styleOf } from "../print/style.ts"
import { table } from "../print/table.ts"
import { counted } from "../print/words.ts"

/** A parameter as it is written: JSON where it is a number, null, true or false or a quoted text; else the text. */
const parameter = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? text : value
  } catch {
    return text
  }
}

export const query = Command.make(
  "query",
  {
    sql: Argument.String("sql").pipe(Argument.withDescription("One statement of SQLite; - takes it from stdin")),
    params: Flag.String("param").pipe(
      Flag.withMetavar("<value>"),
      Flag.withDescription("A value for the next ? in it, JSON or else a text; may be repeated"),
      Flag.atLeast(0),
    ),
    staleness: Flag.String("max-staleness").pipe(
      Flag.withMetavar("<duration>"),
      Flag.withDescription("Pull the tables that it reads first, where they are older: 5s, 1m"),
      Flag.optional,
    ),
    ...instanceFlags,
  },
  (options) =>
    Effect.gen(function* () {
      if (options.sql === "-" && options.tokenStdin) {
        return yield* new Failed({ exit: "usage", message: "Only one of statement and token can come from stdin." })
      }
      const sql = options.sql === "-" ? yield* readStdin : options.sql
      yield* answering(
        options,
        (api) =>
          Effect.tap(
            api.ask(options.json ? "query" : "query/raw", {
              method: "POST",
              body: { sql, params: options.params.map(parameter) },
              headers: Option.match(options.staleness, {
                onNone: () => ({}),
                onSome: (duration) => ({ "X-Replication-Max-Staleness": duration }),
              }),
            }),
            ({ headers }) => {
              const lag = headers.get("X-Replication-Lag")
              return lag === null || Option.isNone(options.staleness)
                ? Effect.void
                : note(lag === "unknown" ? "How old the rows are is not known." : `The rows are at most ${lag} s old.`)
            },
          ),
        ({ result }) =>
          Effect.gen(function* () {
            const { columns, rows } = yield* decodeAs(RawRows)(result)
            const style = yield* styleOf
            if (columns.length === 0) return yield* print("Done.")
            const isNumeric = columns.map((_, index) =>
              rows.every((row) => row[index] === null || typeof row[index] === "number"),
            )
            const cells = rows.map((row) =>
              row.map((value) => (value === null ? { text: "NULL", as: style.dim } : valueText(value))),
            )
            const titles = columns.map((title, index) => ({
              title: cleanName(title),
              align: isNumeric[index] === true ? ("right" as const) : ("left" as const),
            }))
            yield* print(...table(titles, cells, style))
            yield* note(counted(rows.length, "row"))
          }),
      )
    }),
).pipe(
  Command.withDescription(
    "Ask the replica. The client's token suffices to read. Integers beyond 2^53 come as doubles: CAST(id AS TEXT) is exact.",
  ),
  Command.withShortDescription("Ask the replica"),
  Command.withExamples([
    { command: `starbase-replication query "SELECT * FROM orders WHERE id = ?" --param 7` },
    { command: "starbase-replication query - < report.sql --json" },
  ]),
)

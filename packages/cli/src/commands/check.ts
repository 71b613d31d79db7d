import * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { decodeAs, hintOf } from "../api/Api.ts"
import { Checked } from "../api/answers.ts"
import { instanceFlags } from "../api/target.ts"
import { answering, isPartly } from "../command.ts"
import { trouble } from "../exit.ts"
import { clean, cleanLines, cleanName } from "../print/clean.ts"
import { print } from "../print/out.ts"
import { type Style, styleOf } from "../print/style.ts"
import { counted } from "../print/words.ts"
import { unmaskedNote } from "../unmasked.ts"

type Table = Checked["tables"][number]

/** What a check says of one table. */
export const checkLines = (one: Table, withDdl: boolean, style: Style): ReadonlyArray<string> => {
  const name = style.bold(cleanName(one.table))
  const { changes, columns, ddl, error, key, notices } = one
  const hint = error === undefined || error === null ? undefined : hintOf(error)
  const failed =
    error === undefined || error === null
      ? []
      : [
          `${name}: ${error.code === "refused" ? "left out" : style.red(clean(error.code))}: ${cleanLines(error.message)}`,
          ...(hint === undefined ? [] : [`    ${clean(hint)}`]),
        ]
  const facts = [
    ...(columns === undefined || columns === null ? [] : [counted(columns.length, "column")]),
    ...(key === undefined || key === null
      ? []
      : [key.length === 0 ? "no key" : `key ${key.map(cleanName).join(", ")}`]),
    ...(one.cursor === undefined || one.cursor === null ? [] : [`cursor ${cleanName(one.cursor)}`]),
    ...(one.indexes === undefined || one.indexes === null || one.indexes.made.length === 0
      ? []
      : [counted(one.indexes.made.length, "index", "indexes")]),
    ...(changes === undefined || changes === null ? [] : [`changes by ${clean(changes.by)}`]),
  ]
  return [
    ...failed,
    ...(failed.length === 0 ? [`${name}: ${facts.join("; ")}`] : []),
    ...[...unmaskedNote(one.unmasked ?? []), ...(notices ?? [])].map(
      (notice) => `    ${style.yellow(cleanLines(notice))}`,
    ),
    ...(withDdl && ddl !== undefined && ddl !== null ? [`    ${cleanLines(ddl)}`] : []),
  ]
}

export const check = Command.make(
  "check",
  {
    ddl: Flag.Boolean("ddl").pipe(
      Flag.withDescription("Print the statements that would make the replica tables"),
      Flag.withDefault(false),
      Flag.withoutNegation,
    ),
    ...instanceFlags,
  },
  (options) =>
    answering(
      options,
      (api) => api.ask("replicate/check"),
      (answer) =>
        Effect.gen(function* () {
          const { tables } = yield* decodeAs(Checked)(answer.result)
          const style = yield* styleOf
          yield* print(...tables.flatMap((one) => checkLines(one, options.ddl, style)))
          const failed = tables.filter(({ error }) => error !== undefined && error !== null && error.code !== "refused")
          yield* print(`${counted(tables.length, "table")}, of which ${failed.length} would fail.`)
          if (isPartly(answer)) return yield* trouble
        }),
    ),
).pipe(
  Command.withDescription("Connect to each source and show what each table would meet. Changes nothing."),
  Command.withShortDescription("What each table would meet"),
)

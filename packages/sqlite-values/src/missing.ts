import { ConnectorError, foldCase, formatTableName } from "@starbase-replication/core/source"
import type { Question } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { describe } from "./catalog.ts"
import type { Param } from "./dialect.ts"
import type { Query } from "./rows.ts"

/**
 * The table or column of a question that is not there, undefined where all is: SQLite has one code for either, and for
 * much else, and its words are not read.
 */
export const findMissing = Effect.fnUntraced(function* (query: Query, { table, columns, where, by }: Question<Param>) {
  const name = formatTableName(table.name)
  const [found] = yield* describe(query, [table.name.name])
  if (found === undefined) return new ConnectorError({ code: "table-missing", message: `There is no table ${name}` })
  const there = new Set(found.columns.map((column) => foldCase(column.name)))
  const read = columns.flatMap((column) => (column.name === "" ? [] : column.name))
  const gone = [...read, ...where.map(({ column }) => column), ...by].find((one) => !there.has(foldCase(one)))
  if (gone === undefined) return undefined
  const message = `There is no column "${gone}" in ${name}`
  return new ConnectorError({ code: "column-missing", message, column: gone })
})

/** Reads what a question brings, which `findMissing` explains where SQLite refuses it; `toAnswer` may throw. */
export const answering = <A, B>(
  query: Query,
  question: Question<Param>,
  asked: Effect.Effect<A, ConnectorError>,
  toAnswer: (answered: A) => B,
): Effect.Effect<B, ConnectorError> =>
  asked.pipe(
    Effect.catchIf(
      ({ code }) => code === "unsupported",
      (error) => Effect.flatMap(findMissing(query, question), (found) => Effect.fail(found ?? error)),
    ),
    Effect.flatMap((answered) =>
      Effect.try({
        try: () => toAnswer(answered),
        catch: (error) =>
          error instanceof ConnectorError
            ? error
            : new ConnectorError({ code: "unknown", message: "A row could not be read" }),
      }),
    ),
  )

import { ConnectorError, foldCase, formatTableName, type Secrets, Source } from "@starbase-replication/core/source"
import { type Answer, makeSqlSource, type Question } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, makeCatalog } from "./internal/catalog.ts"
import { type Client, makeClient } from "./internal/client.ts"
import { toAnswer } from "./internal/rows.ts"
import { proveAbsence } from "./internal/rowSecurity.ts"
import { dialect, type Param, splitKeys } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import type { Settings } from "./Settings.ts"

/** Opens an instance for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const client = makeClient(yield* makeTarget(settings, secrets))
      const absence = yield* Effect.cached(proveAbsence(client, settings))

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog(client, settings),
        ask: (question) => ask(client, question),
      })
      return {
        ...source,
        lookup: (request) =>
          Effect.gen(function* () {
            const rows = (yield* Effect.forEach(splitKeys(request), source.lookup)).flat()
            const { name } = request.table
            if (rows.length < request.keys.length) {
              yield* Effect.mapError(absence, (error) => error.at({ table: formatTableName(name) }))
            }
            return rows
          }),
      }
    }),
  )

/** Where SQLite refuses a statement, the catalog tells what is missing; its words are not read. */
const ask = (client: Client, question: Question<Param>): Effect.Effect<Answer, ConnectorError> =>
  client.query(question.statement).pipe(
    Effect.catchIf(
      ({ code }) => code === "unsupported",
      (error) => Effect.flatMap(missing(client, question), (found) => Effect.fail(found ?? error)),
    ),
    Effect.flatMap((answered) =>
      Effect.try({
        try: () => toAnswer(question, answered),
        catch: (error) =>
          error instanceof ConnectorError
            ? error
            : new ConnectorError({ code: "unknown", message: "A row could not be read" }),
      }),
    ),
  )

/** The table or column of a question that is not there. */
const missing = Effect.fnUntraced(function* (client: Client, { table, columns, where, by }: Question<Param>) {
  const name = formatTableName(table.name)
  const [found] = yield* describe(client, [table.name.name])
  if (found === undefined) return new ConnectorError({ code: "table-missing", message: `There is no table ${name}` })
  const there = new Set(found.columns.map((column) => foldCase(column.name)))
  const read = columns.flatMap((column) => (column.name === "" ? [] : column.name))
  const gone = [...read, ...where.map(({ column }) => column), ...by].find((one) => !there.has(foldCase(one)))
  if (gone === undefined) return undefined
  const message = `There is no column "${gone}" in ${name}`
  return new ConnectorError({ code: "column-missing", message, column: gone })
})

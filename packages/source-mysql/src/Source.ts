import {
  ConnectorError,
  formatTableName,
  pageOf,
  type Secrets,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeClient } from "./internal/client.ts"
import { discovered, discoverStatement, listed, listStatement, maybeJson, withJson } from "./internal/discovery.ts"
import type { Pulled } from "./internal/pull.ts"
import { describeStatement, statements } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import { bareType, isOrdered } from "./internal/types.ts"
import { type Convert, plain, toCanonical } from "./internal/values.ts"
import type { Settings } from "./Settings.ts"

/** Opens a MySQL or MariaDB source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const target = yield* makeTarget(settings, secrets)
      const client = yield* makeClient(target)

      const pull = (
        statement: string,
        converts: ReadonlyArray<Convert>,
        maxBytes = Number.POSITIVE_INFINITY,
      ): Effect.Effect<Pulled, ConnectorError> => client.pull({ statement, converts, maxBytes })

      const findJson = (table: TableSchema | undefined) => {
        const columns = table === undefined ? [] : maybeJson(table)
        if (table === undefined || columns.length === 0) return Effect.succeed(table)
        return pull(describeStatement(table, columns), []).pipe(
          Effect.map(({ formats }) => {
            const found = columns.filter((_, place) => formats[place] === "json")
            return withJson(table, new Set(found.map(({ name }) => name)))
          }),
          // A table that cannot be read says so when it is read.
          Effect.catchIf(
            (error) => !error.isRetryable,
            () => Effect.succeed(table),
          ),
        )
      }

      return Source.of({
        list: (schema = target.database) =>
          Effect.map(pull(listStatement(schema), plains(2)), ({ rows }) => listed(rows)),

        describe: (names) => {
          const full = names.map(({ schema = target.database, name }) => ({ schema, name }))
          if (full.length === 0) return Effect.succeed({ tables: [], transactions: undefined })
          return pull(discoverStatement(full), plains(10)).pipe(
            Effect.map(({ rows }) => discovered(full, rows, settings.tinyint1 ?? "integer")),
            Effect.flatMap((tables) => Effect.forEach(tables, findJson)),
            Effect.map((tables) => ({ tables, transactions: undefined })),
          )
        },

        read: (request) => {
          const { table, columns, order, limit, maxBytes } = request
          return refuseUnordered(table, order).pipe(
            Effect.andThen(building(() => statements.read(request))),
            Effect.flatMap((statement) => pull(statement.text, columns.map(toCanonical), maxBytes)),
            Effect.map(({ rows, bytes, complete }) =>
              pageOf(request, { rows, bytes, done: complete && rows.length < limit }),
            ),
            Effect.mapError(at(table)),
          )
        },

        lookup: (request) => {
          const { table, columns, key, keys } = request
          const places = key.map((name) => columns.findIndex((column) => column.name === name))
          const wanted = new Set(keys.map((values) => JSON.stringify(values)))
          return building(() => statements.lookup(request)).pipe(
            Effect.flatMap((statement) => pull(statement.text, columns.map(toCanonical))),
            // A collation may find rows whose keys are spelled otherwise.
            Effect.map(({ rows }) =>
              rows.filter((row) => wanted.has(JSON.stringify(places.map((place) => row[place])))),
            ),
            Effect.mapError(at(table)),
          )
        },

        summarize: (request) =>
          building(() => statements.summarize(request)).pipe(
            Effect.flatMap((statement) =>
              statement === undefined
                ? Effect.undefined
                : pull(statement.text, plains(3)).pipe(
                    Effect.map(({ rows: [row] }) => ({
                      count: row?.[0] ?? "0",
                      sum: row?.[1] ?? "0",
                      squares: row?.[2] ?? "0",
                    })),
                  ),
            ),
            Effect.mapError(at(request.table)),
          ),

        highest: (table, column, where) =>
          refuseUnordered(table, [column.name]).pipe(
            Effect.andThen(building(() => statements.highest(table, column, where))),
            Effect.flatMap((statement) => pull(statement.text, [toCanonical(column)])),
            Effect.map(({ rows }) => rows[0]?.[0] ?? null),
            Effect.mapError(at(table)),
          ),
      })
    }),
  )

const at = (table: TableSchema) => (error: ConnectorError) => error.at({ table: formatTableName(table.name) })

const refuseUnordered = (table: TableSchema, names: ReadonlyArray<string>): Effect.Effect<void, ConnectorError> => {
  const column = table.columns.find(({ name, sourceType }) => names.includes(name) && !isOrdered(sourceType))
  if (column === undefined) return Effect.void
  return Effect.fail(
    new ConnectorError({
      code: "unsupported",
      message: `"${column.name}" is ${bareType(column.sourceType)}, by which the server does not order rows exactly`,
      hint: "Name other columns in key or cursor; char, varchar, binary and varbinary will do.",
      column: column.name,
    }),
  )
}

const plains = (count: number): ReadonlyArray<Convert> => Array.from({ length: count }, () => plain)

/** A value that does not fit its column fails the statement before it is sent. */
const building = <A>(statement: () => A): Effect.Effect<A, ConnectorError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(statement())
    } catch (error) {
      return error instanceof ConnectorError ? Effect.fail(error) : Effect.die(error)
    }
  })

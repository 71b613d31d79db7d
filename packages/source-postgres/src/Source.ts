import type { ConnectorError } from "@starbase-replication/core/source"
import {
  type Column,
  type Filter,
  formatTableName,
  pageOf,
  type Secrets,
  Source,
  type TableName,
  type TableSchema,
} from "@starbase-replication/core/source"
import { arrayInOrder } from "@starbase-replication/postgres-values"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeClient } from "./internal/client.ts"
import { described, describeStatement, splitInFlight, listed, listStatement, typesSent } from "./internal/discovery.ts"
import type { Pulled } from "./internal/pull.ts"
import { operatorSchemas, pinStatement, statements, type SearchPath } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import { parseTransactions, transactionsStatement } from "./internal/transactions.ts"
import { toCanonical } from "./internal/values.ts"
import type { Settings } from "./Settings.ts"

/** Opens a PostgreSQL source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const target = yield* makeTarget(settings, secrets)
      const client = yield* makeClient(target)
      const defaultSchema = settings.schema ?? "public"
      const inSchema = ({ schema = defaultSchema, name }: TableName) => ({ schema, name })

      const pull = (
        statement: Statement,
        path: SearchPath,
        columns: ReadonlyArray<Column> = [],
        types: ReadonlyArray<number | undefined> = [],
        maxBytes = Number.POSITIVE_INFINITY,
      ): Effect.Effect<Pulled, ConnectorError> =>
        client.pull({
          pin: pinStatement(target.statementTimeout, path),
          statement,
          converts: columns.flatMap(({ sourceType }, place) => {
            const convert = toCanonical(sourceType)
            return convert === undefined ? [] : [[place, convert] as const]
          }),
          types,
          maxBytes,
        })

      return Source.of({
        list: (schema = defaultSchema) =>
          Effect.map(pull(listStatement(schema), "system"), ({ rows }) => listed(schema, rows)),

        describe: (names) => {
          const full = names.map(inSchema)
          return Effect.flatMap(pull(describeStatement(full), "system"), ({ rows }) => {
            const { tables, inFlight } = splitInFlight(rows)
            return Effect.map(parseTransactions(inFlight), (transactions) => ({
              tables: described(full, tables),
              transactions,
            }))
          })
        },

        read: (request) => {
          const { table, columns, where, order, maxBytes } = request
          const path = pathFor(table, order, where)
          return refuseArrays(table, order).pipe(
            Effect.andThen(pull(statements.read(request), path, columns, typesSent(table, columns), maxBytes)),
            Effect.map(({ rows, bytes, complete }) =>
              pageOf(request, { rows, bytes, done: complete && rows.length < request.limit }),
            ),
            Effect.mapError(at(table)),
          )
        },

        lookup: (request) => {
          const { table, columns, where, key } = request
          return refuseArrays(table, key).pipe(
            Effect.andThen(
              pull(statements.lookup(request), pathFor(table, key, where), columns, typesSent(table, columns)),
            ),
            Effect.map(({ rows }) => rows),
            Effect.mapError(at(table)),
          )
        },

        summarize: (request) => {
          const { table, key, where } = request
          const names = key.map(({ name }) => name)
          const statement = statements.summarize(request)
          if (statement === undefined) return Effect.undefined
          return pull(statement, pathFor(table, names, where)).pipe(
            Effect.map(({ rows: [row] }) => ({
              count: row?.[0] ?? "0",
              sum: row?.[1] ?? "0",
              squares: row?.[2] ?? "0",
            })),
            Effect.mapError(at(table)),
          )
        },

        transactions: Effect.flatMap(pull(transactionsStatement, "system"), ({ rows: [row] }) =>
          parseTransactions(row?.[0] ?? null),
        ),

        highest: (table, column, where) =>
          pull(statements.highest(table, column, where), pathFor(table, [column.name], where), [column]).pipe(
            Effect.map(({ rows }) => rows[0]?.[0] ?? null),
            Effect.mapError(at(table)),
          ),
      })
    }),
  )

const at = (table: TableSchema) => (error: ConnectorError) => error.at({ table: formatTableName(table.name) })

const pathFor = (table: TableSchema, names: ReadonlyArray<string>, where: ReadonlyArray<Filter>): SearchPath => ({
  added: operatorSchemas(table, [...names, ...where.map(({ column }) => column)]),
})

const refuseArrays = (table: TableSchema, names: ReadonlyArray<string>): Effect.Effect<void, ConnectorError> => {
  const refused = arrayInOrder(table, names)
  return refused === undefined ? Effect.void : Effect.fail(refused)
}

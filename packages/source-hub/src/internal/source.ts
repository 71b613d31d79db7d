import {
  type Column,
  ConnectorError,
  formatTableName,
  inOneAnswer,
  pageOf,
  type SourceShape,
  type TableName,
  type TableSchema,
} from "@starbase-replication/core/source"
import type { FedTable } from "@starbase-replication/hub/protocol"
import * as Effect from "effect/Effect"
import type { Client } from "./client.ts"
import { makeHellos } from "./hellos.ts"
import { makeLog } from "./log.ts"

/** A hub has one schema, which a name may call as SQLite does. */
const isMain = ({ schema }: TableName): boolean => schema === undefined || schema === "main"

const toSchema = ({ name, columns, key }: FedTable, tenant: string | null): TableSchema => ({
  name: { name },
  kind: "table",
  columns: columns.map((column): Column => ({
    name: column.name,
    type: column.type,
    sourceType: column.type,
    nullable: !key.includes(column.name),
  })),
  key,
  ...(tenant === null ? {} : { owner: tenant }),
})

/** The source of one run. */
export const makeSource = (client: Client, every: number): Effect.Effect<SourceShape> =>
  Effect.sync(() => {
    const hellos = makeHellos(client)

    /** The table as it was described in this run. */
    const ofTable = ({ name }: TableSchema) =>
      Effect.flatMap(hellos.last, ({ tables }) => {
        const found = tables.find((table) => table.name === name.name)
        return found === undefined
          ? Effect.fail(
              new ConnectorError({ code: "table-missing", message: `The hub has no table ${formatTableName(name)}` }),
            )
          : Effect.succeed({ table: found.name, generation: found.generation })
      })
    const about = <A>(table: TableSchema, effect: Effect.Effect<A, ConnectorError>) =>
      Effect.mapError(effect, (error) => error.at({ table: formatTableName(table.name) }))
    const names = (columns: ReadonlyArray<Column>) => columns.map(({ name }) => name)

    return {
      list: (schema) =>
        schema === undefined || schema === "main"
          ? Effect.map(hellos.last, ({ tables }) => tables.map(({ name }) => ({ name })))
          : Effect.succeed([]),

      describe: (asked) =>
        Effect.map(hellos.described, ({ tables, tenant }) => ({
          tables: asked.map((name) => {
            const found = isMain(name) ? tables.find((table) => table.name === name.name) : undefined
            return found && toSchema(found, tenant)
          }),
          transactions: undefined,
        })),

      read: (request) =>
        about(
          request.table,
          Effect.gen(function* () {
            const { columns, where, order, after, limit, maxBytes } = request
            const page = yield* client.ask({
              method: "read",
              ...(yield* ofTable(request.table)),
              columns: names(columns),
              where,
              order,
              ...(after === undefined ? {} : { after }),
              limit,
              maxBytes,
            })
            return pageOf(request, page)
          }),
        ),

      lookup: (request) =>
        about(
          request.table,
          Effect.gen(function* () {
            const { columns, where, key, keys } = request
            const target = yield* ofTable(request.table)
            const { rows } = yield* client.ask({
              method: "lookup",
              ...target,
              columns: names(columns),
              where,
              key,
              keys,
            })
            return rows
          }),
        ),

      highest: (table, column, where) =>
        about(
          table,
          Effect.gen(function* () {
            const target = yield* ofTable(table)
            return (yield* client.ask({ method: "highest", ...target, column: column.name, where })).value
          }),
        ),

      readWhole: (request) =>
        Effect.sync(() => {
          const { table, columns, where, most } = request
          return inOneAnswer(
            about(
              table,
              Effect.gen(function* () {
                const target = yield* ofTable(table)
                const asked = { method: "whole", ...target, columns: names(columns), where, rows: most.rows } as const
                return (yield* client.ask(asked)).rows
              }),
            ),
          )
        }),

      measure: (request) =>
        about(
          request.table,
          Effect.gen(function* () {
            const { columns, where, lacking, weighed, most } = request
            return yield* client.ask({
              method: "measure",
              ...(yield* ofTable(request.table)),
              columns: names(columns),
              where,
              weighed,
              ...(lacking === undefined ? {} : { lacking }),
              ...(most === undefined ? {} : { most }),
            })
          }),
        ),

      log: makeLog(client, hellos, every),
    }
  })

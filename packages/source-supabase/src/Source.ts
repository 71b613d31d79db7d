import {
  type ConnectorError,
  type Filter,
  formatTableName,
  type Secrets,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { makeClient } from "./internal/client.ts"
import { lookUp, readPage } from "./internal/rowSecurity.ts"
import { makePages } from "./internal/pages.ts"
import { refusal } from "./internal/rows.ts"
import { measureRows, readInOneAnswer } from "./internal/whole.ts"
import { makeTarget } from "./internal/target.ts"
import type { Settings } from "./Settings.ts"

/** Opens a Supabase source for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const target = yield* makeTarget(settings, secrets)
      const client = makeClient(target)
      const catalog = makeCatalog(settings, target, client)
      const pages = makePages(client, target.url)

      return Source.of({
        list: (schema = target.schema) => catalog.list(schema),
        describe: (names) =>
          Effect.map(
            catalog.discover(names.map(({ schema = target.schema, name }) => ({ schema, name }))),
            (tables) => ({
              tables,
              transactions: undefined,
            }),
          ),
        estimate: ({ name }) => client.planned(name),
        whyMissing: ({ schema = target.schema, name }) => catalog.whyMissing({ schema, name }),
        read: (request) =>
          Effect.map(of(request, request.order, readPage(pages, target, request)), (page) => ({
            ...page,
            rows: Effect.mapError(page.rows, at(request.table)),
          })),
        lookup: (request) => of(request, request.key, lookUp(pages, target, request)),
        readWhole: (request) =>
          Effect.map(readInOneAnswer(pages, target, request), ({ next }) => ({ next: of(request, [], next) })),
        measure: (request) => of(request, [], measureRows(pages, request)),
        highest: (table, column, where) => {
          const columns = [column]
          const order = [column.name]
          const present: ReadonlyArray<Filter> = [...where, { column: column.name, op: "isNotNull" }]
          const asked = { table, columns, where: present, order, descending: true, limit: 1 }
          return of(
            asked,
            order,
            Effect.map(pages.read(asked, 1), ({ last }) => last?.[0] ?? null),
          )
        },
      })
    }),
  )

/** Refuses what the API cannot be asked, and says of which table an error is. */
const of = <A>(
  asked: {
    readonly table: TableSchema
    readonly columns: TableSchema["columns"]
    readonly where: ReadonlyArray<Filter>
  },
  order: ReadonlyArray<string>,
  answer: Effect.Effect<A, ConnectorError>,
): Effect.Effect<A, ConnectorError> => {
  const names = [...asked.columns.map(({ name }) => name), ...asked.where.map(({ column }) => column)]
  const refused = refusal(asked.table, names, order)
  return Effect.mapError(refused === undefined ? answer : Effect.fail(refused), at(asked.table))
}

const at = (table: TableSchema) => (error: ConnectorError) => error.at({ table: formatTableName(table.name) })

import {
  type Column,
  ConnectorError,
  foldCase,
  type Filter,
  formatTableName,
  pageOf,
  type Row,
  type Secrets,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Client, makeClient } from "./internal/client.ts"
import {
  columnsStatement,
  declare,
  described,
  isMain,
  listed,
  listStatement,
  uniqueKeys,
  uniqueStatement,
} from "./internal/discovery.ts"
import type { Answered } from "./internal/http.ts"
import { toPage, toRows } from "./internal/rows.ts"
import { proveAbsence } from "./internal/rowSecurity.ts"
import { splitKeys, statements, type Statement } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import type { Settings } from "./Settings.ts"

/** Opens an instance for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const client = makeClient(yield* makeTarget(settings, secrets))
      const absence = yield* Effect.cached(proveAbsence(client, settings))

      return Source.of({
        list: (schema) => (isMain({ schema }) ? Effect.map(client.query(listStatement), listed) : Effect.succeed([])),

        describe: (names) => {
          const places = names.flatMap((name, place) => (isMain(name) ? [place] : []))
          const asked = places.map((place) => names[place]?.name ?? "")
          return Effect.gen(function* () {
            const described = yield* describe(client, asked)
            const found = yield* Effect.forEach(described, (table) =>
              table === undefined ? Effect.undefined : declare(table, settings.types),
            )
            return { tables: names.map((_, place) => found[places.indexOf(place)]), transactions: undefined }
          })
        },

        read: (request) => {
          const { order } = request
          return Effect.gen(function* () {
            const answered = yield* query(client, request, order, statements.read(request))
            const rows = yield* canonical(request, order, answered)
            return pageOf(request, toPage(request, rows, answered))
          })
        },

        lookup: (request) =>
          Effect.gen(function* () {
            const parts = yield* Effect.forEach(splitKeys(request), (part) =>
              Effect.flatMap(query(client, part, part.key, statements.lookup(part)), (answered) =>
                canonical(part, part.key, answered),
              ),
            )
            const rows = parts.flat()
            if (rows.length < request.keys.length) yield* Effect.mapError(absence, (error) => error.at(at(request)))
            return rows
          }),

        summarize: (request) => {
          const statement = statements.summarize(request)
          return statement === undefined
            ? Effect.undefined
            : Effect.map(query(client, { ...request, columns: request.key }, [], statement), ([row]) => ({
                count: String(row?.["c0"] ?? "0"),
                sum: String(row?.["c1"] ?? "0"),
                squares: String(row?.["c2"] ?? "0"),
              }))
        },

        highest: (table, column, where) => {
          const asked = { table, columns: [column], where }
          return Effect.gen(function* () {
            const answered = yield* query(client, asked, [], statements.highest(table, column, where))
            const [row] = yield* canonical(asked, [column.name], answered)
            return row?.[0] ?? null
          })
        },
      })
    }),
  )

/** What a statement is about. */
interface Asked {
  readonly table: TableSchema
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
}

const at = ({ table }: Asked) => ({ table: formatTableName(table.name) })

/** The tables in the order of their names, undefined for one that is not there. */
const describe = Effect.fnUntraced(function* (client: Client, names: ReadonlyArray<string>) {
  if (names.length === 0) return []
  const tables = described(yield* client.query(columnsStatement(names)))
  const keyless = [...tables].filter(([, { kind, key }]) => kind === "table" && key.length === 0)
  if (keyless.length === 0) return names.map((_, place) => tables.get(place))
  const some = keyless.map(([, table]) => table)
  const keys = uniqueKeys(yield* client.query(uniqueStatement(some.map(({ name }) => name.name))), some)
  const keyed = new Map(keyless.map(([place, table], index) => [place, { ...table, key: keys[index] ?? [] }]))
  return names.map((_, place) => keyed.get(place) ?? tables.get(place))
})

/** Asks a statement about a table. Where SQLite refuses it, the catalog tells what is missing; its words are not read. */
const query = (
  client: Client,
  asked: Asked,
  order: ReadonlyArray<string>,
  statement: Statement,
): Effect.Effect<ReadonlyArray<Answered>, ConnectorError> =>
  client.query(statement).pipe(
    Effect.catchIf(
      ({ code }) => code === "unsupported",
      (error) =>
        Effect.gen(function* () {
          const [found] = yield* describe(client, [asked.table.name.name])
          if (found === undefined) {
            const message = `There is no table ${formatTableName(asked.table.name)}`
            return yield* new ConnectorError({ code: "table-missing", message })
          }
          const there = new Set(found.columns.map(({ name }) => foldCase(name)))
          const names = [...asked.columns.map(({ name }) => name), ...asked.where.map(({ column }) => column), ...order]
          const gone = names.find((name) => !there.has(foldCase(name)))
          if (gone === undefined) return yield* error
          const message = `There is no column "${gone}" in ${formatTableName(asked.table.name)}`
          return yield* new ConnectorError({ code: "column-missing", message, column: gone })
        }),
    ),
    Effect.mapError((error) => error.at(at(asked))),
  )

const canonical = (
  asked: Asked,
  order: ReadonlyArray<string>,
  answered: ReadonlyArray<Answered>,
): Effect.Effect<ReadonlyArray<Row>, ConnectorError> =>
  Effect.try({
    try: () => toRows(asked.columns, order, answered),
    catch: (error) =>
      error instanceof ConnectorError
        ? error.at(at(asked))
        : new ConnectorError({ code: "unknown", message: "A row could not be read" }).at(at(asked)),
  })

import {
  type ConnectorError,
  formatTableName,
  type Description,
  type MadePage,
  type ReadRequest,
  type Row,
  Source,
  type TableName,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { type Walk, walk as walkOrFind, valuesOf as valuesOfColumn } from "./internal/walk.ts"

export type { Walk } from "./internal/walk.ts"

/** Describes tables, in the order of their names. */
export const describeAll = (
  names: ReadonlyArray<TableName>,
): Effect.Effect<Description["tables"], ConnectorError, Source> =>
  Effect.flatMap(Source, (source) => Effect.map(source.describe(names), ({ tables }) => tables))

/** Describes one table, which must be there. */
export const describeOne = (schema: string, name: string): Effect.Effect<TableSchema, ConnectorError, Source> =>
  Effect.gen(function* () {
    const [table] = yield* describeAll([{ schema, name }])
    if (table === undefined) return yield* Effect.die(new Error(`no table ${formatTableName({ schema, name })}`))
    return table
  })

/** Reads one page and makes its rows. */
export const readPage = (request: ReadRequest): Effect.Effect<MadePage, ConnectorError, Source> =>
  Effect.gen(function* () {
    const { rows, bytes, done } = yield* (yield* Source).read(request)
    return { rows: yield* rows, bytes, done }
  })

/**
 * Reads page after page to the end, each from the last row of the one before, and dies where a page is not as every page
 * must be: longer than its limit, empty and not the last, with a row that came before, or with a value that is not canonical.
 */
export const walk = (
  options: Walk,
): Effect.Effect<
  { readonly rows: ReadonlyArray<Row>; readonly pages: ReadonlyArray<MadePage> },
  ConnectorError,
  Source
> => Effect.catchTag(walkOrFind(options), "Finding", ({ what }) => Effect.die(new Error(what)))

/** The values of one column. */
export const valuesOf = (table: TableSchema, rows: ReadonlyArray<Row>, name: string): Row =>
  valuesOfColumn(table.columns, rows, name)

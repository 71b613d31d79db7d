import {
  type ConnectorError,
  formatTableName,
  type Page,
  type Row,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { type Walk, walk as walkOrFind, valuesOf as valuesOfColumn } from "./internal/walk.ts"

export type { Walk } from "./internal/walk.ts"

/** Describes one table, which must be there. */
export const discoverOne = (schema: string, name: string): Effect.Effect<TableSchema, ConnectorError, Source> =>
  Effect.gen(function* () {
    const source = yield* Source
    const [table] = yield* source.discover([{ schema, name }])
    if (table === undefined) return yield* Effect.die(new Error(`no table ${formatTableName({ schema, name })}`))
    return table
  })

/**
 * Reads page after page to the end, each from the last row of the one before, and dies where a page is not as every page
 * must be: longer than its limit, empty and not the last, with a row that came before, or with a value that is not canonical.
 */
export const walk = (
  options: Walk,
): Effect.Effect<{ readonly rows: ReadonlyArray<Row>; readonly pages: ReadonlyArray<Page> }, ConnectorError, Source> =>
  Effect.catchTag(walkOrFind(options), "Finding", ({ what }) => Effect.die(new Error(what)))

/** The values of one column. */
export const valuesOf = (table: TableSchema, rows: ReadonlyArray<Row>, name: string): Row =>
  valuesOfColumn(table.columns, rows, name)

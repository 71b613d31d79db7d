import type { ConnectorError, TableSchema } from "@starbase-replication/core/source"
import type { Catalog } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { discovered, discoverStatement, listed, listStatement, maybeJson, withJson } from "./discovery.ts"
import type { Pulled } from "./driver/open.ts"
import { describeStatement, probeStatement } from "./sql.ts"
import type { Tinyint1 } from "./types.ts"

/** What MySQL and MariaDB say of their tables. `ask` is told how many columns of texts an answer has. */
export const makeCatalog = (
  { database, tinyint1 }: { readonly database: string; readonly tinyint1: Tinyint1 },
  ask: (statement: string, columns: number) => Effect.Effect<Pulled, ConnectorError>,
): Catalog => {
  const findJson = (table: TableSchema | undefined) => {
    const columns = table === undefined ? [] : maybeJson(table)
    if (table === undefined || columns.length === 0) return Effect.succeed(table)
    return ask(describeStatement(table, columns), 0).pipe(
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
  return {
    list: (schema = database) => Effect.map(ask(listStatement(schema), 2), ({ rows }) => listed(rows)),

    // The server says what is wrong with a view only when it is read.
    whyMissing: ({ schema = database, name }) =>
      Effect.match(ask(probeStatement({ schema, name }), 1), {
        onSuccess: () => undefined,
        onFailure: (error) => (error.code === "table-missing" || error.code === "forbidden" ? undefined : error),
      }),

    describe: (names) => {
      const full = names.map(({ schema = database, name }) => ({ schema, name }))
      if (full.length === 0) return Effect.succeed({ tables: [], transactions: undefined })
      return ask(discoverStatement(full), 11).pipe(
        Effect.map(({ rows }) => discovered(full, rows, tinyint1)),
        Effect.flatMap((tables) => Effect.forEach(tables, findJson)),
        Effect.map((tables) => ({ tables, transactions: undefined })),
      )
    },
  }
}

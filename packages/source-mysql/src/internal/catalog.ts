import { ConnectorError, formatTableName, type TableSchema } from "@starbase-replication/core/source"
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
  /** A view that cannot be opened is listed, but has no columns; the server says why only when it is read. */
  const probe = (table: TableSchema | undefined) => {
    if (table === undefined || table.columns.length > 0) return Effect.succeed(table)
    return ask(probeStatement(table), 1).pipe(
      Effect.as(hidden(table)),
      Effect.catchIf(
        (error) => !error.isRetryable,
        (error) => Effect.succeed(error),
      ),
      Effect.map((refusal) => ({ ...table, refusal })),
    )
  }
  return {
    list: (schema = database) => Effect.map(ask(listStatement(schema), 2), ({ rows }) => listed(rows)),

    describe: (names) => {
      const full = names.map(({ schema = database, name }) => ({ schema, name }))
      if (full.length === 0) return Effect.succeed({ tables: [], transactions: undefined })
      return ask(discoverStatement(full), 10).pipe(
        Effect.map(({ rows }) => discovered(full, rows, tinyint1)),
        Effect.flatMap((tables) => Effect.forEach(tables, probe)),
        Effect.flatMap((tables) => Effect.forEach(tables, findJson)),
        Effect.map((tables) => ({ tables, transactions: undefined })),
      )
    },
  }
}

const hidden = ({ name }: TableSchema) =>
  new ConnectorError({ code: "forbidden", message: `The user may see no column of ${formatTableName(name)}` })

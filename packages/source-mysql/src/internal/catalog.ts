import type { ConnectorError, TableName, TableSchema } from "@starbase-replication/core/source"
import { type Catalog, structureOf } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import {
  discovered,
  discoverStatement,
  estimateStatement,
  indexStatement,
  listed,
  listStatement,
  maybeJson,
  withJson,
} from "./discovery.ts"
import type { Pulled } from "./driver/open.ts"
import { describeStatement, probeStatement } from "./sql.ts"
import { structureStatement } from "./structure.ts"
import type { Tinyint1 } from "./types.ts"

/** What MySQL and MariaDB say of their tables. `ask` is told how many columns of texts an answer has. */
export const makeCatalog = (
  { database, tinyint1 }: { readonly database: string; readonly tinyint1: Tinyint1 },
  ask: (statement: string, columns: number) => Effect.Effect<Pulled, ConnectorError>,
): Catalog => {
  /** Why tables were not described that are there, by their full names. */
  const untold = new Map<string, ConnectorError>()
  const fullName = ({ schema = database, name }: TableName) => JSON.stringify([schema, name])

  const findJson = (asked: TableName, table: TableSchema | undefined) => {
    untold.delete(fullName(asked))
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
      // Told without its JSON it would seem to be changed. Others can be described while somebody holds this one.
      Effect.catchIf(
        ({ code }) => code === "source-busy" || code === "timeout",
        (error) => {
          untold.set(fullName(asked), error)
          return Effect.undefined
        },
      ),
    )
  }
  return {
    list: (schema = database) => Effect.map(ask(listStatement(schema), 2), ({ rows }) => listed(rows)),

    // The server says what is wrong with a view only when it is read.
    whyMissing: ({ schema = database, name }) => {
      const known = untold.get(fullName({ schema, name }))
      if (known !== undefined) return Effect.succeed(known)
      return Effect.match(ask(probeStatement({ schema, name }), 1), {
        onSuccess: () => undefined,
        onFailure: (error) => (error.code === "table-missing" || error.code === "forbidden" ? undefined : error),
      })
    },

    cautions: ({ name: { schema = database, name }, kind }, cursor) =>
      kind === "view"
        ? Effect.succeed([])
        : Effect.map(ask(indexStatement({ schema, name }, cursor.name), 1), ({ rows }) =>
            rows.length > 0
              ? []
              : ["has no index that begins with it, so that each pull looks through the whole table"],
          ),

    structure: ({ name: { schema = database, name }, kind }) =>
      kind === "view"
        ? Effect.succeed({ indexes: [], relations: [] })
        : Effect.map(ask(structureStatement({ schema, name }), 7), ({ rows }) => structureOf(rows)),

    estimate: ({ name: { schema = database, name } }) =>
      Effect.map(ask(estimateStatement({ schema, name }), 1), ({ rows: [row] }) => {
        const told = row?.[0] ?? undefined
        return told === undefined ? undefined : Number(told)
      }),

    describe: (names) => {
      const full = names.map(({ schema = database, name }) => ({ schema, name }))
      if (full.length === 0) return Effect.succeed({ tables: [], transactions: undefined })
      return ask(discoverStatement(full), 11).pipe(
        Effect.map(({ rows }) => discovered(full, rows, tinyint1)),
        Effect.flatMap((tables) => Effect.forEach(full, (name, place) => findJson(name, tables[place]))),
        Effect.map((tables) => ({ tables, transactions: undefined })),
      )
    },
  }
}

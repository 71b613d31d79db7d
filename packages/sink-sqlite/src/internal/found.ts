import * as Effect from "effect/Effect"
import { columnsOf, type Decoded, flag, given, maybe, text } from "./columns.ts"
import type { Database, Rows } from "./database.ts"
import { literal } from "./quote.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

const columns = (into: string, applyName: string) =>
  columnsOf({
    hasTables: given(
      "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tmp_replication_tables')",
      flag,
    ),
    mark: given("(SELECT sql FROM sqlite_master WHERE type = 'view' AND name = 'tmp_replication_store')", maybe(text)),
    hasReplica: given(
      `EXISTS (SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(${literal(into)}))`,
      flag,
    ),
    trigger: given(
      `(SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ${literal(applyName)})`,
      maybe(text),
    ),
  })

/**
 * What the database has under the sink's own names and a replica table's; the mark of the store and the apply trigger
 * are texts.
 */
export type Found = Decoded<ReturnType<typeof columns>>

/** Looks up, in one query, what is there for a replica table, by whatever runs a statement without parameters. */
export const findBy = (
  run: (sql: string) => Effect.Effect<Rows, ConnectorError>,
  into: string,
  applyName: string,
): Effect.Effect<Found, ConnectorError> => {
  const { select, decode } = columns(into, applyName)
  return run(`SELECT ${select}`).pipe(
    Effect.flatMap(decode),
    Effect.map(([found = nothing]) => found),
  )
}

const nothing: Found = { hasTables: false, mark: undefined, hasReplica: false, trigger: undefined }

/** The same by the port itself. */
export const find = ({ query }: Database, into: string, applyName: string): Effect.Effect<Found, ConnectorError> =>
  findBy(query, into, applyName)

import * as Effect from "effect/Effect"
import type { Database, Rows } from "./database.ts"
import { literal } from "./quote.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

/** What the database has under the sink's own names and a replica table's. */
export interface Found {
  readonly state: boolean
  readonly replica: boolean
  /** The text of the apply trigger, where there is one. */
  readonly trigger: string | undefined
}

/** Looks up what is there for a replica table; see {@link toFound}. */
export const findStatement = (into: string, applyName: string): string =>
  `SELECT
    EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'tmp_replication_fence'),
    EXISTS (SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(${literal(into)})),
    (SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ${literal(applyName)})`

/** What the row of a {@link findStatement} says. */
export const toFound = ([row]: Rows): Found => ({
  state: row?.[0] === 1,
  replica: row?.[1] === 1,
  trigger: typeof row?.[2] === "string" ? row[2] : undefined,
})

/** Looks up, in one query, what is there for a replica table. */
export const find = (database: Database, into: string, applyName: string): Effect.Effect<Found, ConnectorError> =>
  Effect.map(database.query(findStatement(into, applyName)), toFound)

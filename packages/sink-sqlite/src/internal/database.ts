import { ConnectorError } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import type { Execute } from "../Execute.ts"
import { type DataFault, toSinkError } from "./errors.ts"
import { literal } from "./quote.ts"
import { stateTables } from "./stateTables.ts"

type Param = string | number | null
type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** The port as the sink uses it. */
export interface Database {
  /** Runs a statement in which no value of the source's is at fault. */
  readonly query: (sql: string, ...params: ReadonlyArray<Param>) => Effect.Effect<Rows, ConnectorError>
  /** Runs a statement that may fail for the values in it. */
  readonly attempt: (sql: string, ...params: ReadonlyArray<Param>) => Effect.Effect<Rows, ConnectorError | DataFault>
}

/** The port with typed errors. Integers are bound as text, which SQLite's integer columns read exactly. */
export const makeDatabase = (execute: Execute): Database => {
  const attempt: Database["attempt"] = (sql, ...params) =>
    Effect.tryPromise({
      try: () =>
        execute(
          sql,
          params.map((param) => (typeof param === "number" ? String(param) : param)),
        ),
      catch: toSinkError,
    })
  return {
    attempt,
    query: (sql, ...params) => Effect.mapError(attempt(sql, ...params), dataFaultIsStorage),
  }
}

/** The error of a data fault where there is no row to set aside. */
export const dataFaultIsStorage = (error: ConnectorError | DataFault): ConnectorError =>
  error._tag === "ConnectorError"
    ? error
    : new ConnectorError({ code: "storage", message: `The replica's database refused: ${error.reason}` })

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

/** Makes the sink's own tables where they are missing. */
export const makeStateTables = (database: Database): Effect.Effect<void, ConnectorError> =>
  Effect.asVoid(database.query(stateTables))

/** Whether the sink's own tables are there. */
export const hasStateTables = (database: Database): Effect.Effect<boolean, ConnectorError> =>
  Effect.map(find(database, "", ""), ({ state }) => state)

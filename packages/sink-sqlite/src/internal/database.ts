import * as Effect from "effect/Effect"
import type { Execute } from "../Execute.ts"
import { type DataFault, toSinkError } from "./errors.ts"
import { ConnectorError } from "@starbase-replication/core/sink"

type Param = string | number | null
export type Rows = ReadonlyArray<ReadonlyArray<unknown>>

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

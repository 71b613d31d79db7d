import { ConnectorError } from "@starbase-replication/core/source"
import { codeOfResult } from "@starbase-replication/sqlite-values"
import * as Effect from "effect/Effect"
import type { Execute } from "../Execute.ts"

export type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** Asks the hub's database; what it refuses is told by its code alone. */
export type Ask = (sql: string, params?: ReadonlyArray<string | null>) => Effect.Effect<Rows, ConnectorError>

export const makeAsk =
  (execute: Execute): Ask =>
  (sql, params = []) =>
    Effect.tryPromise({
      try: () => execute(sql, params),
      catch: (error) => {
        const text = error instanceof Error ? error.message : ""
        const [result] = /SQLITE_[A-Z_]+/.exec(text) ?? []
        return new ConnectorError({
          code: result === undefined ? "source-busy" : codeOfResult(result),
          message: `The hub's database refused a statement${result === undefined ? "" : ` (${result})`}`,
        })
      },
    })

import {
  type Connection,
  makeSession,
  type Refused,
  type ServerAddress,
  type Session,
  type Statement,
  type Taken,
  type Tls,
} from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { notWritten } from "./notWritten.ts"

/** What is asked on the connection. */
export interface Question {
  readonly statement: Statement
  /** The types of the columns, by the server's own names; text for one without. */
  readonly types: ReadonlyArray<string>
  /** Where to end a page, in bytes of its values. */
  readonly maxBytes: number
}

/**
 * Opens nothing yet: the session connects when it is first asked, again where a connection was lost, and closes with the
 * scope. This is the one file that imports the driver.
 */
export const open = (address: ServerAddress): Effect.Effect<Session<Question, Taken>, never, Scope.Scope> =>
  makeSession({ address, connect: (tls) => connect(address, tls) })

/**
 * Connects and logs in with the driver, without a pool. What comes for a question, `toCanonical` makes texts of, and a
 * `Taker` keeps, row by row, so that a page of wide rows ends early; `explain` turns what the driver throws into errors
 * with `toConnectorError`.
 */
const connect = (_address: ServerAddress, _tls: Tls): Effect.Effect<Connection<Question, Taken>, Refused> =>
  Effect.mapError(notWritten("connect in src/internal/client.ts"), (error) => ({ error, isTlsRefused: false }))

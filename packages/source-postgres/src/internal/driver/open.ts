import type { ConnectorError } from "@starbase-replication/core/source"
import { makeSession, type ServerAddress, type Session, type Taken } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { connect } from "./client.ts"
import type { Pinned, Question, Take } from "./pull.ts"
import type { StreamQuestion } from "./stream.ts"

export type { Pinned, Question, Take } from "./pull.ts"
export type { RawRows, StreamQuestion } from "./stream.ts"

/** The connection of one run. */
export interface Door {
  /** Asks in one round trip; statements wait for each other. Connects where there is no connection. */
  readonly ask: (statement: Pinned, take: Take) => Effect.Effect<Taken, ConnectorError>
  /** Asks several in one round trip; without an answer is what must be asked alone. */
  readonly askMany: (
    questions: ReadonlyArray<Question>,
  ) => Effect.Effect<ReadonlyArray<Taken | undefined>, ConnectorError>
  /** Keeps the connection for a transaction of several statements. */
  readonly hold: Session<Question, Taken>["hold"]
  /** Asks for rows some at a time. */
  readonly stream: (question: StreamQuestion) => Effect.Effect<Taken, ConnectorError>
}

/** The one door to pg. Opens nothing yet; what is open when the scope closes, is closed. */
export const open = (address: ServerAddress): Effect.Effect<Door, never, Scope.Scope> =>
  Effect.map(makeSession({ address, connect: (tls) => connect(address, tls) }), ({ ask, askMany, hold }) => ({
    ask: (statement, take) => ask({ statement, take }),
    askMany,
    hold,
    stream: ask,
  }))

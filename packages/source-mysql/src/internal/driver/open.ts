import type { ConnectorError } from "@starbase-replication/core/source"
import { isHyperdrive, makeSession, type ServerAddress } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { pinStatement, readOnlyStatement } from "../sql.ts"
import { connect } from "./client.ts"
import type { Pulled, Question, Take } from "./pull.ts"

export type { Pulled, Take } from "./pull.ts"

/** The connection of one run. */
export interface Door {
  /** Asks a statement; statements wait for each other. Connects where there is no connection. */
  readonly ask: (statement: string, take: Take) => Effect.Effect<Pulled, ConnectorError>
}

/** A statement without rows. */
const bare = (statement: string): Question => ({ statement, take: { converts: [], maxBytes: 0 } })

/**
 * The one door to mysql2. Opens nothing yet; what is open when the scope closes, is closed. A pooler keeps what was set
 * until the end of the transaction only.
 */
export const open = (
  address: ServerAddress,
  isPooled = isHyperdrive(address.host),
): Effect.Effect<Door, never, Scope.Scope> => {
  const pin = bare(pinStatement(address.statementTimeout))
  const session = makeSession({
    address,
    connect: (tls) => connect(address, tls),
    ...(isPooled
      ? { around: { before: [bare("START TRANSACTION READ ONLY"), pin], after: [bare("COMMIT")] } }
      : { first: [pin, bare(readOnlyStatement)] }),
  })
  return Effect.map(session, ({ ask }) => ({ ask: (statement, take) => ask({ statement, take }) }))
}

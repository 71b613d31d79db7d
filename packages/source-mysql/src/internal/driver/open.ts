import type { ConnectorError, Reading, Row } from "@starbase-replication/core/source"
import { type Held, isHyperdrive, makeSession, type ServerAddress } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { isLogLost } from "../errors.ts"
import { pinStatement, readOnlyStatement } from "../sql.ts"
import type { Convert } from "../values.ts"
import { connect, type Flowing } from "./client.ts"
import type { Dump } from "./dump.ts"
import type { Flow } from "./flow.ts"
import type { Pulled, Question, Take } from "./pull.ts"

export type { Pulled, Take } from "./pull.ts"

/** The connection of one run. */
export interface Door {
  /** Asks a statement; statements wait for each other. Connects where there is no connection. */
  readonly ask: (statement: string, take: Take) => Effect.Effect<Pulled, ConnectorError>
  /** Asks for rows that come page by page, all of one statement. */
  readonly flow: (asked: Flown) => Effect.Effect<Reading, ConnectorError, Scope.Scope>
}

/** Rows that are to come in pages. */
export interface Flown {
  readonly statement: string
  readonly converts: ReadonlyArray<Convert>
  readonly pageRows: number
  readonly pageBytes: number
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
  const session = makeSession<Question, Pulled, Flowing>({
    address,
    connect: (tls) => connect(address, tls),
    ...(isPooled
      ? { around: { before: [bare("START TRANSACTION READ ONLY"), pin], after: [bare("COMMIT")] } }
      : { first: [pin, bare(readOnlyStatement)] }),
  })
  return Effect.map(session, ({ ask, hold }) => ({
    ask: (statement, take) => ask({ statement, take }),
    flow: (asked) => Effect.map(hold, (held) => readFlow(held, asked)),
  }))
}

/** Events of a binlog that come some at a time; undefined once there are no more, `lost` where the server lacks some. */
export type Dumped = Effect.Effect<ReadonlyArray<Buffer> | "lost" | undefined, ConnectorError>

export type OpenDump = (
  statements: ReadonlyArray<string>,
  command: Buffer,
) => Effect.Effect<Dumped, ConnectorError, Scope.Scope>

/** Opens connections for binlogs: each has one of its own, after these statements, which ends with the scope. */
export const openDump =
  (address: ServerAddress): OpenDump =>
  (statements, command) =>
    Effect.gen(function* () {
      const session = yield* makeSession<Question, Pulled, Flowing>({
        address,
        connect: (tls) => connect(address, tls),
      })
      const { ask, connection, heard } = yield* session.hold
      for (const statement of statements) yield* ask(bare(statement))
      let dump: Dump | undefined
      return Effect.callback<ReadonlyArray<Buffer> | "lost" | undefined, ConnectorError>((resume) => {
        dump ??= connection.dump(command)
        dump.next(
          (events) => resume(Effect.succeed(events)),
          (error) => resume(isLogLost(error) ? Effect.succeed("lost") : Effect.fail(connection.explain(error).error)),
        )
        return Effect.sync(connection.destroy)
      }).pipe(heard)
    })

const readFlow = (
  { connection, heard, release }: Held<Question, Pulled, Flowing>,
  { statement, ...options }: Flown,
): Reading => {
  let flow: Flow | undefined
  let isOver = false
  const page = Effect.callback<ReadonlyArray<Row> | undefined, ConnectorError>((resume) => {
    flow ??= connection.flow(statement, options)
    flow.next(
      (rows) => resume(Effect.succeed(rows)),
      (error) => resume(Effect.fail(connection.explain(error).error)),
    )
    return Effect.sync(connection.destroy)
  }).pipe(heard)
  const next = Effect.suspend(() => {
    if (isOver) return Effect.undefined
    return Effect.tap(page, (rows) => {
      if (rows !== undefined) return Effect.void
      isOver = true
      return release
    })
  })
  return { next }
}

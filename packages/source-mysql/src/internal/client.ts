import type { Socket } from "node:net"
import { ConnectorError } from "@starbase-replication/core/source"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import mysql from "mysql2"
import type { Tls } from "../Settings.ts"
import { isFatal, isServerError, isTlsRefused, type Phase, toConnectorError } from "./errors.ts"
import { makeTaker, type Pulled, type PullOptions } from "./pull.ts"
import { type RowStep, takeRows } from "./rows.ts"
import { openSocket } from "./socket.ts"
import { pinStatement, readOnlyStatement } from "./sql.ts"
import type { Target } from "./target.ts"

/** The connection of one run. */
export interface Client {
  /** Sends a statement; statements wait for each other. Connects where there is no connection. */
  readonly pull: (options: PullOptions) => Effect.Effect<Pulled, ConnectorError>
}

/** A connection and how far it has come. */
interface Session {
  readonly connection: mysql.Connection
  readonly socket: Socket
  readonly encrypted: boolean
  phase: Phase
  /** True once nothing can be sent over it any more. */
  dead: boolean
  /** True where it was given up because of rows that nobody wanted any more. */
  cutShort: boolean
  /** Told of what ends the connection while a statement runs. */
  lost: (error: unknown) => void
}

/** Opens nothing yet; what is open when the scope closes, is closed. */
export const makeClient = (target: Target): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.gen(function* () {
    const turn = Semaphore.makeUnsafe(1)
    let current: Session | undefined
    yield* Effect.addFinalizer(() => (current === undefined ? Effect.void : close(current)))

    const session = Effect.suspend(() => {
      if (current !== undefined && !current.dead) return Effect.succeed(current)
      const connected = current?.cutShort === true ? Effect.retry(connect(target), whileFreed) : connect(target)
      return Effect.tap(connected, (opened) => {
        current = opened
        return target.pooled
          ? Effect.void
          : send(target, opened, [pinStatement(target.statementTimeout), readOnlyStatement])
      })
    })
    const ask = target.pooled ? runPooled : run
    return {
      pull: (options) => turn.withPermit(Effect.flatMap(session, (opened) => ask(target, opened, options))),
    }
  })

/** After a page that was cut short the server may need a moment to notice and to have a connection to spare again. */
const whileFreed = {
  while: ({ code }: ConnectorError) => code === "unreachable" || code === "rate-limited",
  schedule: Schedule.spaced("100 millis"),
  times: 20,
}

/** Statements without rows. A session in which one failed would give other values: it is not used. */
const send = (
  target: Target,
  session: Session,
  statements: ReadonlyArray<string>,
): Effect.Effect<void, ConnectorError> =>
  Effect.forEach(statements, (statement) => run(target, session, { statement, converts: [], maxBytes: 0 }), {
    discard: true,
  }).pipe(Effect.onError(() => Effect.sync(() => destroy(session))))

/** A pooler keeps what was set until the end of the transaction only. */
const runPooled = (target: Target, session: Session, options: PullOptions): Effect.Effect<Pulled, ConnectorError> =>
  send(target, session, ["START TRANSACTION READ ONLY", pinStatement(target.statementTimeout)]).pipe(
    Effect.andThen(run(target, session, options)),
    Effect.tap(({ reusable }) => (reusable ? send(target, session, ["COMMIT"]) : Effect.void)),
    Effect.onError(() => Effect.sync(() => destroy(session))),
  )

const run = (target: Target, session: Session, options: PullOptions): Effect.Effect<Pulled, ConnectorError> =>
  Effect.callback<Pulled, ConnectorError>((resume) => {
    const taker = makeTaker(options)
    let over = false
    const end = (reusable: boolean) => {
      over = true
      resume(Effect.succeed(taker.end(reusable)))
    }
    const fail = (error: unknown) => {
      over = true
      if (isFatal(error) || !isServerError(error)) destroy(session)
      resume(Effect.fail(failure(target, session, error)))
    }
    session.lost = fail
    const query = session.connection.query({ sql: options.statement, rowsAsArray: true, typeCast: false })
    takeRows(query as typeof query & RowStep, (row) => {
      if (over) return
      try {
        if (taker.take(row)) return
      } catch (error) {
        fail(error)
        return
      }
      session.cutShort = true
      destroy(session)
      end(false)
    })
    query
      .on("error", fail)
      .on("fields", (fields: Parameters<typeof taker.describe>[0] | undefined) => taker.describe(fields ?? []))
      .on("result", (result: unknown) => {
        // Rows that come here were not taken, and would be missing. What answers a SET is no row.
        if (Array.isArray(result)) fail(otherDriver())
      })
      .on("end", () => {
        if (!over) end(true)
      })
    return Effect.sync(() => destroy(session))
  }).pipe(
    // The server gives up after statementTimeout; where not even that is heard, the network is gone.
    Effect.timeoutOrElse({
      duration: Duration.millis(target.statementTimeout + target.connectTimeout),
      orElse: () =>
        Effect.fail(
          new ConnectorError({ code: "timeout", message: `${target.host}:${target.port} did not answer a statement` }),
        ),
    }),
  )

const otherDriver = () =>
  new ConnectorError({
    code: "unknown",
    message: "mysql2 reads rows in a way that is not known here",
    hint: "Install mysql2 in the version that @starbase-replication/source-mysql depends on.",
  })

interface Attempted {
  readonly session: Session
  readonly error: unknown
}

const connect = (target: Target): Effect.Effect<Session, ConnectorError> => {
  const first = attempt(target, sslOf(target.tls))
  const opened =
    target.tls === "prefer"
      ? Effect.catchIf(
          first,
          ({ error }) => isTlsRefused(error),
          () => attempt(target, undefined),
        )
      : first
  return opened.pipe(
    Effect.mapError(({ session, error }) => failure(target, session, error)),
    Effect.timeoutOrElse({
      duration: Duration.millis(target.connectTimeout),
      orElse: () =>
        Effect.fail(
          new ConnectorError({
            code: "unreachable",
            message: `Could not connect to ${target.host}:${target.port}: it did not answer in time`,
          }),
        ),
    }),
  )
}

const sslOf = (tls: Tls): mysql.SslOptions | undefined => {
  if (tls === "disable") return undefined
  if (typeof tls === "object") return { ca: tls.ca, rejectUnauthorized: true, verifyIdentity: true }
  return tls === "verify" ? { rejectUnauthorized: true, verifyIdentity: true } : { rejectUnauthorized: false }
}

const attempt = (target: Target, ssl: mysql.SslOptions | undefined): Effect.Effect<Session, Attempted> =>
  Effect.callback((resume) => {
    const { host, port, user, database } = target
    const socket = openSocket(host, port)
    socket.once("data", () => {
      session.phase = "login"
    })
    const connection = mysql.createConnection({
      host,
      port,
      user,
      database,
      password: Redacted.value(target.password),
      ...(ssl === undefined ? {} : { ssl }),
      stream: () => socket,
      charset: "utf8mb4_bin",
      // Workers forbid code that is made at run time.
      disableEval: true,
      // The timeout is kept around the whole attempt.
      connectTimeout: 0,
      // A server must not ask for files.
      flags: ["-LOCAL_FILES"],
      connectAttributes: { program_name: "starbase-replication" },
    })
    const session: Session = {
      connection,
      socket,
      encrypted: ssl !== undefined,
      phase: "connecting",
      dead: false,
      cutShort: false,
      lost: () => {},
    }
    const refused = (error: unknown) => {
      destroy(session)
      resume(Effect.fail({ session, error }))
    }
    session.lost = refused
    connection.on("error", (error: unknown) => {
      session.dead = true
      session.lost(error)
    })
    connection.on("end", () => {
      session.dead = true
    })
    connection.once("connect", () => {
      session.phase = "open"
      session.lost = () => {}
      resume(Effect.succeed(session))
    })
    return Effect.sync(() => destroy(session))
  })

const failure = (target: Target, session: Session, error: unknown): ConnectorError =>
  error instanceof ConnectorError
    ? error
    : toConnectorError(error, { ...target, encrypted: session.encrypted, phase: session.phase })

const destroy = (session: Session): void => {
  session.dead = true
  session.connection.destroy()
  session.socket.destroy()
}

/** How long the server may take to say goodbye, in milliseconds. */
const goodbye = 1000

const close = (session: Session): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (session.dead) {
      destroy(session)
      resume(Effect.void)
      return
    }
    const done = () => {
      clearTimeout(timer)
      destroy(session)
      resume(Effect.void)
    }
    const timer = setTimeout(done, goodbye)
    session.connection.end(done)
  })

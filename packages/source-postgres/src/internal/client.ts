import { ConnectorError } from "@starbase-replication/core/source"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import pg from "pg"
import type { Tls } from "../Settings.ts"
import { isFatal, isServerError, type Phase, toConnectorError } from "./errors.ts"
import { Pull, type Pulled, type PullOptions, type SessionTraits } from "./pull.ts"
import { takeRows } from "./rows.ts"
import { readLarge } from "./socket.ts"
import type { Target } from "./target.ts"

/** The connection of one run. */
export interface Client {
  /** Sends a statement in one round trip; statements wait for each other. Connects where there is no connection. */
  readonly pull: (options: PullOptions) => Effect.Effect<Pulled, ConnectorError>
}

/** A connection and how far it has come. */
interface Session extends SessionTraits {
  readonly client: pg.Client
  readonly encrypted: boolean
  phase: Phase
  isUnencoded: boolean
  /** True once nothing can be sent over it any more. */
  dead: boolean
  /** True where it was given up because of rows that nobody wanted any more. */
  cutShort: boolean
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
      return Effect.map(connected, (opened) => {
        current = opened
        return opened
      })
    })
    return {
      pull: (options) => turn.withPermit(Effect.flatMap(session, (opened) => run(target, opened, options))),
    }
  })

/** After a page that was cut short the server may need a moment to notice and to have a connection to spare again. */
const whileFreed = {
  while: ({ code }: ConnectorError) => code === "unreachable" || code === "rate-limited",
  schedule: Schedule.spaced("100 millis"),
  times: 20,
}

const run = (target: Target, session: Session, options: PullOptions): Effect.Effect<Pulled, ConnectorError> =>
  Effect.callback<Pulled, ConnectorError>((resume) => {
    const end = (pulled: Pulled) => {
      if (!pulled.reusable) {
        session.cutShort = true
        destroy(session)
      }
      resume(Effect.succeed(pulled))
    }
    const fail = (error: unknown) => {
      if (isFatal(error) || !isServerError(error)) destroy(session)
      resume(Effect.fail(failure(target, session, error)))
    }
    session.client.query(new Pull(options, session, end, fail))
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

const connect = (target: Target): Effect.Effect<Session, ConnectorError> => {
  const first = attempt(target, sslOf(target.tls))
  const opened =
    target.tls === "prefer"
      ? Effect.catchIf(
          first,
          ({ session }) => session.phase === "tls-refused",
          () => attempt(target, false),
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

const sslOf = (tls: Tls): pg.ClientConfig["ssl"] => {
  if (typeof tls === "object") return { ca: tls.ca }
  return tls === "disable" ? false : { rejectUnauthorized: tls === "verify" }
}

const attempt = (
  target: Target,
  ssl: pg.ClientConfig["ssl"],
): Effect.Effect<Session, { readonly session: Session; readonly error: unknown }> =>
  Effect.callback((resume) => {
    const { host, port, user, database } = target
    const client = new pg.Client({
      host,
      port,
      user,
      database,
      ssl,
      password: () => Redacted.value(target.password),
      application_name: "starbase-replication",
    })
    const session: Session = {
      client,
      encrypted: ssl !== false,
      phase: "connecting",
      dead: false,
      cutShort: false,
      isUnencoded: false,
    }
    takeRows(client.connection)
    readLarge(client.connection.stream)
    const complaint = watch(session)
    client.on("error", () => {
      session.dead = true
    })
    client.connect((error: unknown) => {
      if (error === null || error === undefined) {
        session.phase = "open"
        resume(Effect.succeed(session))
        return
      }
      if (session.phase === "login" && complaint() === error) session.phase = "login-refused"
      destroy(session)
      resume(Effect.fail({ session, error }))
    })
    return Effect.sync(() => destroy(session))
  })

const noTls = "N".charCodeAt(0)

/** Follows how far a connection comes. Gives what pg itself, not the network, complained of. */
const watch = (session: Session): (() => unknown) => {
  const { connection } = session.client
  let reported: unknown
  let network: unknown
  connection.stream.once("error", (error: unknown) => {
    network = error
  })
  connection.once("error", (error: unknown) => {
    reported = error
  })
  connection.on("parameterStatus", ({ parameterName, parameterValue }: Record<string, unknown>) => {
    if (parameterName === "server_encoding") session.isUnencoded = parameterValue === "SQL_ASCII"
  })
  if (session.encrypted) {
    connection.stream.once("data", (answer: Uint8Array) => {
      if (answer[0] === noTls) session.phase = "tls-refused"
    })
    connection.once("sslconnect", () => {
      session.phase = "tls-handshake"
    })
  }
  for (const event of ["Ok", "CleartextPassword", "MD5Password", "SASL"]) {
    connection.once(`authentication${event}`, () => {
      session.phase = "login"
    })
  }
  return () => (reported === network ? undefined : reported)
}

const failure = (target: Target, session: Session, error: unknown): ConnectorError =>
  error instanceof ConnectorError
    ? error
    : toConnectorError(error, { ...target, encrypted: session.encrypted, phase: session.phase })

const destroy = (session: Session): void => {
  session.dead = true
  session.client.connection.stream.destroy()
}

/** How long the server may take to say goodbye, in milliseconds. */
const goodbye = 1000

const close = (session: Session): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const timer = setTimeout(() => {
      destroy(session)
      resume(Effect.void)
    }, goodbye)
    session.client.end(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })

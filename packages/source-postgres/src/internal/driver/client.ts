import { ConnectorError } from "@starbase-replication/core/source"
import type { Connection, Refused, ServerAddress, Taken, Tls } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { isFatal, isServerError, type Phase, toConnectorError } from "../errors.ts"
import { Pull, type Question } from "./pull.ts"
import { takeRows } from "./rows.ts"
import { readLarge, takeAddresses } from "./socket.ts"
import { type RawTraits, Stream, type StreamQuestion } from "./stream.ts"

/** A connection and how far it has come. */
interface State extends RawTraits {
  readonly client: pg.Client
  readonly address: ServerAddress
  readonly encrypted: boolean
  phase: Phase
  isUnencoded: boolean
  isDead: boolean
  isDestroyed: boolean
}

const sslOf = (tls: Tls): pg.ClientConfig["ssl"] => {
  if (typeof tls === "object") return { ca: tls.ca }
  return tls === "disable" ? false : { rejectUnauthorized: tls === "verify" }
}

/** Connects and logs in. */
export const connect = (
  address: ServerAddress,
  tls: Tls,
): Effect.Effect<Connection<Question | StreamQuestion, Taken>, Refused> =>
  Effect.callback((resume) => {
    const { host, port, user, database, password } = address
    const ssl = sslOf(tls)
    const client = new pg.Client({
      host,
      port,
      user,
      database,
      ssl,
      password: () => Redacted.value(password),
      application_name: "starbase-replication",
    })
    const state: State = {
      client,
      address,
      encrypted: ssl !== false,
      phase: "connecting",
      isDead: false,
      isDestroyed: false,
      isUnencoded: false,
      isRaw: false,
    }
    takeRows(client.connection, () => state.isRaw)
    readLarge(client.connection.stream)
    takeAddresses(client.connection.stream)
    const complaint = watch(state)
    client.on("error", () => {
      state.isDead = true
    })
    client.connect((error: unknown) => {
      if (error === null || error === undefined) {
        state.phase = "open"
        resume(Effect.succeed(connectionOf(state)))
        return
      }
      if (state.phase === "login" && complaint() === error) state.phase = "login-refused"
      destroy(state)
      resume(Effect.fail({ error: failure(state, error), isTlsRefused: state.phase === "tls-refused" }))
    })
    return Effect.sync(() => destroy(state))
  })

const connectionOf = (state: State): Connection<Question | StreamQuestion, Taken> => ({
  isDead: () => state.isDead,
  ask: (question, end, fail) => {
    if ("give" in question) state.client.query(new Stream(question, state, end, fail))
    else state.client.query(new Pull(question, state, end, fail))
  },
  askMany: (questions, end) =>
    askMany(
      state,
      questions.flatMap((question) => ("give" in question ? [] : [question])),
      end,
    ),
  explain: (error) => ({ error: failure(state, error), serves: isServerError(error) && !isFatal(error) }),
  end: (done) => void state.client.end(() => done()),
  destroy: () => destroy(state),
})

/**
 * Sends all statements before the first answer has come, each a transaction of its own, so that one which fails spoils no
 * other. pg is told of one after the other, as if it had sent them.
 */
const askMany = (
  state: State,
  questions: ReadonlyArray<Question>,
  end: (answers: ReadonlyArray<Taken | undefined>) => void,
): void => {
  const answers: Array<Taken | undefined> = questions.map(() => undefined)
  const goOn = (at: number): void => {
    const next = pulls[at]
    if (next === undefined || state.isDead) end(answers)
    else state.client.query(next)
  }
  const pulls: ReadonlyArray<Pull> = questions.map(
    (question, at) =>
      new Pull(
        question,
        state,
        (taken) => {
          answers[at] = taken
          if (taken.reusable) goOn(at + 1)
          else end(answers)
        },
        () => goOn(at + 1),
      ),
  )
  const [first, ...others] = pulls
  first?.sendWith(others)
  goOn(0)
}

const noTls = "N".charCodeAt(0)

/** Follows how far a connection comes. Gives what pg itself, not the network, complained of. */
const watch = (state: State): (() => unknown) => {
  const { connection } = state.client
  let reported: unknown
  let network: unknown
  connection.stream.once("error", (error: unknown) => {
    network = error
  })
  connection.once("error", (error: unknown) => {
    reported = error
  })
  connection.on("parameterStatus", ({ parameterName, parameterValue }: Record<string, unknown>) => {
    if (parameterName === "server_encoding") state.isUnencoded = parameterValue === "SQL_ASCII"
  })
  if (state.encrypted) {
    connection.stream.once("data", (answer: Uint8Array) => {
      if (answer[0] === noTls) state.phase = "tls-refused"
    })
    connection.once("sslconnect", () => {
      state.phase = "tls-handshake"
    })
  }
  for (const event of ["Ok", "CleartextPassword", "MD5Password", "SASL"]) {
    connection.once(`authentication${event}`, () => {
      state.phase = "login"
    })
  }
  return () => (reported === network ? undefined : reported)
}

const failure = ({ address, encrypted, phase }: State, error: unknown): ConnectorError =>
  error instanceof ConnectorError ? error : toConnectorError(error, { ...address, encrypted, phase })

const destroy = (state: State): void => {
  if (state.isDestroyed) return
  state.isDestroyed = true
  state.isDead = true
  state.client.connection.stream.destroy()
}

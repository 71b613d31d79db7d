import type { Socket } from "node:net"
import { ConnectorError } from "@starbase-replication/core/source"
import { type Connection, isWorker, type Refused, type ServerAddress, type Tls } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import mysql from "mysql2"
import { isFatal, isServerError, isTlsRefused, type Phase, toConnectorError } from "../errors.ts"
import { type Dump, startDump } from "./dump.ts"
import { sha256Password } from "./sha256Password.ts"
import { type Flow, type FlowOptions, makeFlow } from "./flow.ts"
import { makeTaker, type Pulled, type Question } from "./pull.ts"
import { type RowStep, takeRows } from "./rows.ts"
import { openSocket } from "./socket.ts"
import { upgradeInWorker } from "./workerTls.ts"

/** A connection and how far it has come. */
interface State {
  readonly connection: mysql.Connection
  readonly socket: Socket
  readonly address: ServerAddress
  readonly encrypted: boolean
  phase: Phase
  isDead: boolean
  /** Told of what ends the connection while it is made or a statement runs. */
  lost: (error: unknown) => void
}

const sslOf = (tls: Tls): mysql.SslOptions | undefined => {
  if (tls === "disable") return undefined
  if (typeof tls === "object") return { ca: tls.ca, rejectUnauthorized: true, verifyIdentity: true }
  return tls === "verify" ? { rejectUnauthorized: true, verifyIdentity: true } : { rejectUnauthorized: false }
}

/** Connects and logs in. */
export const connect = (address: ServerAddress, tls: Tls): Effect.Effect<Flowing, Refused> =>
  Effect.callback((resume) => {
    const { host, port, user, database, password } = address
    const ssl = sslOf(tls)
    const socket = openSocket(host, port)
    socket.once("data", () => {
      state.phase = "login"
    })
    const connection = mysql.createConnection({
      host,
      port,
      user,
      database,
      password: Redacted.value(password),
      ...(ssl === undefined ? {} : { ssl }),
      stream: () => socket,
      charset: "utf8mb4_bin",
      // Workers forbid code that is made at run time.
      disableEval: true,
      // The timeout is kept around the whole attempt.
      connectTimeout: 0,
      authPlugins: { sha256_password: sha256Password },
      // A server must not ask for files.
      flags: ["-LOCAL_FILES"],
      connectAttributes: { program_name: "starbase-replication" },
    })
    if (isWorker()) upgradeInWorker(connection)
    const state: State = {
      connection,
      socket,
      address,
      encrypted: ssl !== undefined,
      phase: "connecting",
      isDead: false,
      lost: (error) => {
        destroy(state)
        resume(Effect.fail({ error: failure(state, error), isTlsRefused: isTlsRefused(error) }))
      },
    }
    connection.on("error", (error: unknown) => {
      state.isDead = true
      state.lost(error)
    })
    connection.on("end", () => {
      state.isDead = true
    })
    connection.once("connect", () => {
      state.phase = "open"
      state.lost = () => {}
      resume(Effect.succeed(connectionOf(state)))
    })
    return Effect.sync(() => destroy(state))
  })

/** A connection over which rows may flow, and the events of a binlog. */
export interface Flowing extends Connection<Question, Pulled> {
  readonly dump: (command: Buffer) => Dump
  readonly flow: (statement: string, options: Pick<FlowOptions, "converts" | "pageRows" | "pageBytes">) => Flow
}

const connectionOf = (state: State): Flowing => ({
  flow: (statement, options) => flowOf(state, statement, options),
  dump: (command) => {
    const { dump, fail } = startDump(state.connection, command)
    state.lost = fail
    return dump
  },
  isDead: () => state.isDead,
  ask: (question, end, fail) => ask(state, question, end, fail),
  explain: (error) => ({ error: failure(state, error), serves: isServerError(error) && !isFatal(error) }),
  end: (done) =>
    state.connection.end(() => {
      destroy(state)
      done()
    }),
  destroy: () => destroy(state),
})

const ask = (
  state: State,
  { statement, take }: Question,
  end: (pulled: Pulled) => void,
  failed: (error: unknown) => void,
): void => {
  const taker = makeTaker(take)
  let over = false
  const fail = (error: unknown) => {
    over = true
    failed(error)
  }
  state.lost = fail
  const query = state.connection.query({ sql: statement, rowsAsArray: true, typeCast: false })
  takeRows(query as typeof query & RowStep, (row) => {
    if (over) return
    try {
      if (taker.take(row)) return
    } catch (error) {
      fail(error)
      return
    }
    over = true
    end(taker.end(false))
  })
  query
    .on("error", fail)
    .on("fields", (fields: Parameters<typeof taker.describe>[0] | undefined) => taker.describe(fields ?? []))
    .on("result", (result: unknown) => {
      // Rows that come here were not taken, and would be missing. What answers a SET is no row.
      if (Array.isArray(result)) fail(otherDriver())
    })
    .on("end", () => {
      if (over) return
      over = true
      end(taker.end(true))
    })
}

/** Asks for rows that flow in as they are asked for. */
const flowOf = (state: State, statement: string, options: Pick<FlowOptions, "converts" | "pageRows" | "pageBytes">) => {
  const { connection } = state
  const made = makeFlow({ ...options, pause: () => connection.pause(), resume: () => connection.resume() })
  state.lost = made.fail
  const query = connection.query({ sql: statement, rowsAsArray: true, typeCast: false })
  takeRows(query as typeof query & RowStep, (row) => {
    try {
      made.take(row)
    } catch (error) {
      made.fail(error)
    }
  })
  query
    .on("error", made.fail)
    .on("result", (result: unknown) => {
      if (Array.isArray(result)) made.fail(otherDriver())
    })
    .on("end", made.end)
  return made.flow
}

const otherDriver = () =>
  new ConnectorError({
    code: "unknown",
    message: "mysql2 reads rows in a way that is not known here",
    hint: "Install mysql2 in the version that @starbase-replication/source-mysql depends on.",
  })

const failure = ({ address, encrypted, phase }: State, error: unknown): ConnectorError =>
  error instanceof ConnectorError ? error : toConnectorError(error, { ...address, encrypted, phase })

const destroy = (state: State): void => {
  state.isDead = true
  state.connection.destroy()
  state.socket.destroy()
}

import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { connect, type Socket } from "node:net"
import { onLines } from "./lines.ts"
import type { Line, Question } from "./server.ts"

/** Where the toy's server is, and how to log in. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly password: string
  readonly database: string
  readonly timeoutMillis: number
}

/** What may be wrong with the toy's connection. */
export interface Flaws {
  /** Connects before anything is asked. */
  readonly isEager?: boolean
  /** Opens a connection for every question, and closes them all at the end. */
  readonly isWasteful?: boolean
  /** Never closes a connection. */
  readonly isLeaky?: boolean
  /** Closes no connection that is waiting for an answer. */
  readonly isStubborn?: boolean
  /** Takes a lost connection for the end of an answer. */
  readonly isGullible?: boolean
  /** Waits for ever. */
  readonly isPatient?: boolean
  /** Whatever happens, says that it does not know what. */
  readonly isVague?: boolean
}

/** An answer to a question. */
export interface Answer {
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
  readonly more: boolean
}

export type Ask = (question: Question) => Effect.Effect<Answer, ConnectorError>

const refusals = {
  password: "unauthorized",
  database: "table-missing",
  table: "table-missing",
  column: "column-missing",
  forbidden: "forbidden",
} as const

/** One connection, made when it is first needed and closed with the scope; questions wait for each other. */
export const makeConnection = Effect.fnUntraced(function* (
  settings: Settings,
  flaws: Flaws,
): Effect.fn.Return<Ask, ConnectorError, Scope.Scope> {
  const sockets: Array<Socket> = []
  let current: Socket | undefined
  const close = () => sockets.forEach((socket) => socket.destroy())
  yield* Effect.addFinalizer(() => Effect.sync(() => (flaws.isLeaky === true ? undefined : close())))

  const failed = (code: ConnectorError["code"], message: string) =>
    new ConnectorError({ code: flaws.isVague === true ? "unknown" : code, message })

  const send = (socket: Socket, question: Question): Effect.Effect<Answer, ConnectorError> =>
    Effect.callback<Answer, ConnectorError>((resume) => {
      const rows: Array<ReadonlyArray<unknown>> = []
      const lost = () => {
        if (flaws.isGullible === true && question.ask === "select") return end(Effect.succeed({ rows, more: false }))
        end(Effect.fail(failed("unreachable", `lost the connection to ${settings.host}:${settings.port}`)))
      }
      const end = (outcome: Effect.Effect<Answer, ConnectorError>) => {
        socket.off("close", lost)
        stop()
        resume(outcome)
      }
      const stop = onLines(socket, (text) => {
        const line: Line = JSON.parse(text)
        if ("row" in line) rows.push(line.row)
        else if ("end" in line) end(Effect.succeed({ rows, more: line.more }))
        else end(Effect.fail(failed(refusals[line.refused], line.what)))
      })
      socket.once("close", lost)
      socket.write(`${JSON.stringify(question)}\n`)
      return Effect.sync(() => {
        if (flaws.isStubborn !== true) socket.destroy()
        else sockets.splice(0)
        current = undefined
      })
    }).pipe(
      Effect.timeoutOrElse({
        duration: flaws.isPatient === true ? "1 hour" : settings.timeoutMillis,
        orElse: () => Effect.fail(failed("timeout", `${settings.host}:${settings.port} did not answer in time`)),
      }),
    )

  const opened = Effect.suspend(() => {
    if (current?.destroyed === false && flaws.isWasteful !== true) return Effect.succeed(current)
    return Effect.gen(function* () {
      const socket = connect({ host: settings.host, port: settings.port })
      socket.setNoDelay(true)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        if (current === socket) current = undefined
      })
      sockets.push(socket)
      yield* send(socket, { ask: "login", password: settings.password, database: settings.database })
      current = socket
      return socket
    })
  })

  if (flaws.isEager === true) yield* opened
  const turn = Semaphore.makeUnsafe(1)
  return (question) => turn.withPermit(Effect.flatMap(opened, (socket) => send(socket, question)))
})

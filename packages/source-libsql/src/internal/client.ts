import { createClient, LibsqlError } from "@libsql/client/web"
import { type ConnectorError, errnoOf, parseRetryAfter, patiently } from "@starbase-replication/core/source"
import type { Answered, Query } from "@starbase-replication/sqlite-values"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Failure, toConnectorError } from "./errors.ts"
import type { Target } from "./target.ts"

type Outcome = { readonly kind: "rows"; readonly rows: ReadonlyArray<Answered> } | Failure

/** Makes the requests of one run; nothing stays open between two. This is the one file that imports the driver. */
export const makeQuery = ({ url, token: redacted, label, requestTimeout }: Target): Query => {
  const token = redacted === undefined ? "" : Redacted.value(redacted)

  /** A client of its own for each statement, because the driver knows no other way to give up one request. */
  const send = async (sql: string, args: Array<string | number>, signal: AbortSignal): Promise<Outcome> => {
    let response: Response | undefined
    try {
      const client = createClient({
        url,
        ...(token === "" ? {} : { authToken: token }),
        intMode: "bigint",
        // No redirection is followed, which would send the token elsewhere.
        fetch: async (request: Request) => {
          response = await fetch(new Request(request, { redirect: "manual", signal }))
          return response
        },
      })
      const { rows } = await client.execute({ sql, args })
      return { kind: "rows", rows }
    } catch (error) {
      signal.throwIfAborted()
      return toFailure(error, response)
    }
  }

  const once = (sql: string, args: Array<string | number>): Effect.Effect<ReadonlyArray<Answered>, ConnectorError> =>
    Effect.promise((signal) => send(sql, args, signal)).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(requestTimeout),
        orElse: () => Effect.succeed<Outcome>({ kind: "timeout" }),
      }),
      Effect.flatMap((outcome) =>
        outcome.kind === "rows" ? Effect.succeed(outcome.rows) : Effect.fail(toConnectorError(outcome, label, token)),
      ),
    )

  return ({ text, values }) => patiently(once(text, [...values]))
}

/** By what came and by codes: the driver's own errors tell of an answer that it could not read. */
const toFailure = (error: unknown, response: Response | undefined): Failure => {
  if (response === undefined) return { kind: "network", code: errnoOf(error) }
  if (!response.ok) {
    return {
      kind: "status",
      status: response.status,
      retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
    }
  }
  if (error instanceof LibsqlError && !ownCodes.has(error.code)) {
    return { kind: "database", code: error.code, message: error.message }
  }
  const code = errnoOf(error)
  return code === undefined || ownCodes.has(code)
    ? { kind: "answer", problem: "answered with something else than the rows of a query, or with half of them" }
    : { kind: "network", code }
}

/** The driver's codes for what is no error of the database. */
const ownCodes = new Set(["HRANA_PROTO_ERROR", "HRANA_CLOSED_ERROR", "SERVER_ERROR", "UNKNOWN"])

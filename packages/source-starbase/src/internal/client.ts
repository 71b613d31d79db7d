import { type ConnectorError, patiently } from "@starbase-replication/core/source"
import type { Answered, Statement } from "@starbase-replication/sqlite-values"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { refusedToken, toConnectorError } from "./errors.ts"
import { type Answer, ask } from "./http.ts"
import { refusal } from "./sql.ts"
import type { Target } from "./target.ts"

/** Requests of one run. */
export interface Client {
  readonly query: (statement: Statement) => Effect.Effect<ReadonlyArray<Answered>, ConnectorError>
}

const nothing: Statement = { text: "SELECT 1 AS c0", values: [] }

/** Makes the requests of one run; nothing stays open between two. */
export const makeClient = ({ url, token: redacted, label, requestTimeout }: Target): Client => {
  const token = Redacted.value(redacted)

  const send = (statement: Statement, bearer: string | undefined): Effect.Effect<Answer> =>
    Effect.promise((signal) => ask(url, bearer, statement, signal)).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(requestTimeout),
        orElse: () => Effect.succeed<Answer>({ kind: "timeout" }),
      }),
    )

  /**
   * StarbaseDB answers 400 both to a token that it does not know and where something in it fails. Without a token it
   * answers 401, and does so only where it works.
   */
  const isTokenRefused = (answer: Answer): Effect.Effect<boolean> =>
    answer.kind === "status" && answer.status === 400 && answer.sqlite === undefined
      ? Effect.map(send(nothing, undefined), (bare) => bare.kind === "status" && bare.status === 401)
      : Effect.succeed(false)

  const once = (statement: Statement): Effect.Effect<ReadonlyArray<Answered>, ConnectorError> =>
    Effect.gen(function* () {
      const answer = yield* send(statement, token)
      if (answer.kind === "rows") return answer.rows
      if (yield* isTokenRefused(answer)) return yield* refusedToken(label)
      return yield* toConnectorError(answer, label, token)
    })

  return {
    query: (statement) => {
      const refused = refusal(statement)
      return refused === undefined ? patiently(once(statement)) : Effect.fail(refused)
    },
  }
}

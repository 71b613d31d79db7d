import { errnoOf, parseRetryAfter, patiently } from "@starbase-replication/core/source"
import { FeedAnswer, type FeedRequest, feedPath } from "@starbase-replication/hub/protocol"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Client, clientOver } from "./client.ts"
import { type Failure, toConnectorError } from "./errors.ts"
import type { Target } from "./target.ts"

type Answer = { readonly kind: "answer given"; readonly body: FeedAnswer } | Failure

const isAnswer = Schema.is(FeedAnswer)

/** Requests over HTTP; nothing stays open between two. */
export const makeHttp = ({ url, token, tenant, label, requestTimeout }: Target): Client => {
  const once = (request: FeedRequest) =>
    Effect.gen(function* () {
      const answer = yield* Effect.promise((signal) =>
        post(`${url}${feedPath}`, Redacted.value(token), { tenant, request }, signal),
      ).pipe(
        Effect.timeoutOrElse({
          duration: Duration.millis(requestTimeout),
          orElse: () => Effect.succeed<Answer>({ kind: "timeout" }),
        }),
      )
      if (answer.kind === "answer given") return answer.body
      return yield* toConnectorError(answer, label)
    })
  return clientOver((request) => patiently(once(request)))
}

/** It follows no redirection, which would send the token elsewhere. Rejects only where the signal says so. */
const post = async (url: string, token: string, body: unknown, signal: AbortSignal): Promise<Answer> => {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      signal,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (response.status !== 200) {
      const retryAfter = parseRetryAfter(response.headers.get("retry-after"), Date.now())
      return { kind: "status", status: response.status, retryAfter }
    }
    const given = parse(text)
    return isAnswer(given)
      ? { kind: "answer given", body: given }
      : { kind: "answer", problem: "answered with something else than a hub does" }
  } catch (error) {
    signal.throwIfAborted()
    return { kind: "network", code: errnoOf(error) }
  }
}

/** The result of an answer in StarbaseDB's form. */
const parse = (text: string): unknown => {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === "object" && body !== null ? Reflect.get(body, "result") : undefined
  } catch {
    return undefined
  }
}

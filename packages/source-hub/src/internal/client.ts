import { ConnectorError } from "@starbase-replication/core/source"
import { answers, type AnswerTo, FeedAnswer, type FeedRequest } from "@starbase-replication/hub/protocol"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Sends a request to the hub and gives what it answers. */
export type Send = (request: FeedRequest) => Promise<unknown>

/** Requests of one run. */
export interface Client {
  readonly ask: <Request extends FeedRequest>(
    request: Request,
  ) => Effect.Effect<AnswerTo<Request["method"]>, ConnectorError>
}

const decodeAnswer = Schema.decodeUnknownEffect(FeedAnswer)

/** Requests by what sends them, which may fail with an error of its own. */
export const clientOver = (send: (request: FeedRequest) => Effect.Effect<unknown, ConnectorError>): Client => ({
  ask: Effect.fnUntraced(function* <Request extends FeedRequest>(request: Request) {
    const odd = () =>
      new ConnectorError({
        code: "unreachable",
        message: "The hub answered with something else than what it was asked for",
        hint: "Hub and replica must be of releases that know each other: deploy the same one.",
      })
    const given = yield* Effect.mapError(decodeAnswer(yield* send(request)), odd)
    if ("failure" in given) return yield* new ConnectorError(given.failure)
    const schema: Schema.Codec<AnswerTo<Request["method"]>, unknown> = answers[request.method] as never
    return yield* Effect.mapError(Schema.decodeUnknownEffect(schema)(given.answer), odd)
  }),
})

/** Requests by a function. */
export const makeClient = (send: Send): Client =>
  clientOver((request) =>
    Effect.tryPromise({
      try: () => send(request),
      catch: () => new ConnectorError({ code: "unreachable", message: "The hub did not answer the call" }),
    }),
  )

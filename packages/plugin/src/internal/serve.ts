import type { ConnectorError } from "@starbase-replication/core/source"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { StarbaseContext } from "../Starbase.ts"
import { defectReply, encodeReply, errorReply, forbidden } from "./answer.ts"
import type { Open, Opened } from "./open.ts"
import { parameterProblem } from "./routes/parameters.ts"
import type { Reply, Route } from "./routes/Route.ts"

/** What a route does, for a request of the admin. */
export type Operation = (context: StarbaseContext, opened: Opened) => Effect.Effect<Reply, ConnectorError>

/** Answers a request by an operation, for the admin alone. */
export const serve = (route: Route, operation: Operation, context: StarbaseContext, open: Open): Promise<Response> => {
  if (context.get("config").role !== "admin") {
    return Promise.resolve(forbidden())
  }
  const problem = parameterProblem(route, context)
  if (problem !== undefined) return Promise.resolve(encodeReply(route, { status: 400, error: problem }))
  const answered = Effect.flatMap(open(context.get("dataSource")), (opened) =>
    operation(context, opened).pipe(
      Effect.catch((error) => Effect.succeed(errorReply(error))),
      Effect.map((reply) => encodeReply(route, reply)),
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logError("defect", Cause.die(defect)), encodeReply(route, defectReply)),
      ),
      Effect.provide(opened.log),
    ),
  )
  return Effect.runPromise(answered)
}

import type { Connector } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describeAll, walk } from "./pages.ts"

/** A source entry of a config, and the value of each secret that it names. */
export interface Reading {
  readonly entry: unknown
  readonly secret: string
}

/**
 * A Worker that reads with a connector inside workerd: `/name` answers with all rows of that table, or with the error as
 * the HTTP API describes it. `readingOf` says what to open for a request's parameters.
 */
export const makeReader = <Env>(connector: Connector, readingOf: (asked: URLSearchParams, env: Env) => Reading) => ({
  fetch: async (request: Request, env: Env): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url)
    const { entry, secret } = readingOf(searchParams, env)
    const opened = connector.open(entry, "sources.here")
    if ("problems" in opened) return Response.json(opened, { status: 400 })
    const read = Effect.gen(function* () {
      const [table] = yield* describeAll([{ name: pathname.slice(1) }])
      return table === undefined ? [] : (yield* walk({ table, limit: 700, maxBytes: 20_000 })).rows
    })
    const result = await Effect.runPromise(
      Effect.result(
        Effect.provide(
          read,
          opened.layer(() => Redacted.make(secret)),
        ),
      ),
    )
    return Response.json(result._tag === "Success" ? { rows: result.success } : { error: result.failure.describe() })
  },
})

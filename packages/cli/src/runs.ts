import * as Effect from "effect/Effect"
import { type Api, decodeAs } from "./api/Api.ts"
import { Run, type RunResult } from "./api/answers.ts"
import { isPartly } from "./command.ts"
import type { Failed } from "./exit.ts"

/** What a request that ran tables answered. */
export interface Runs {
  readonly tables: ReadonlyArray<RunResult>
  /** The same as the instance gave them. */
  readonly raw: ReadonlyArray<unknown>
  readonly isPartly: boolean
}

/** Runs what a path names. */
export const runsOf = (
  api: Api,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Effect.Effect<Runs, Failed> =>
  Effect.flatMap(api.ask(path, { method: "POST", query, body: {} }), (answer) =>
    Effect.map(decodeAs(Run)(answer.result), ({ tables }) => ({
      tables,
      raw: (answer.result as { readonly tables: ReadonlyArray<unknown> }).tables,
      isPartly: isPartly(answer),
    })),
  )

/** Runs again until no table has more to read, or one fails; answers the last. */
export const untilComplete = (once: Effect.Effect<Runs, Failed>): Effect.Effect<Runs, Failed> =>
  Effect.flatMap(once, (runs) =>
    runs.isPartly || runs.tables.every(({ more }) => !more) ? Effect.succeed(runs) : untilComplete(once),
  )

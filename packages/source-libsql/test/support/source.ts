import type { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../../src/index.ts"

/** A database to open. */
export interface At {
  readonly url: string
  readonly token?: string
}

/** The source of a database. */
export const openSource = ({ url, token }: At, more: Partial<Settings> = {}): Layer.Layer<Source, ConnectorError> =>
  layer({ type: "libsql", url, ...(token === undefined ? {} : { token: { secret: "TOKEN" } }), ...more }, () =>
    Redacted.make(token ?? ""),
  )

/** Runs an effect with a source of its own, and gives its failure as a rejection. */
export const withSource = <A, E>(
  at: At,
  effect: Effect.Effect<A, E, Source>,
  more: Partial<Settings> = {},
): Promise<A> => Effect.runPromise(Effect.provide(effect, Layer.fresh(openSource(at, more))))

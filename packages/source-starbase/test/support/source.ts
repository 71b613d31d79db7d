import type { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../../src/index.ts"

/** The source of an instance. */
export const openSource = (
  { url, token }: { readonly url: string; readonly token: string },
  more: Partial<Settings> = {},
): Layer.Layer<Source, ConnectorError> =>
  layer({ type: "starbase", url, token: { secret: "TOKEN" }, ...more }, () => Redacted.make(token))

/** Runs an effect with a source of its own, and gives its failure as a rejection. */
export const withSource = <A, E>(
  at: { readonly url: string; readonly token: string },
  effect: Effect.Effect<A, E, Source>,
  more: Partial<Settings> = {},
): Promise<A> => Effect.runPromise(Effect.provide(effect, Layer.fresh(openSource(at, more))))

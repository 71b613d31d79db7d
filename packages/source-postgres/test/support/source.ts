import type { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Settings } from "../../src/Settings.ts"
import { layer } from "../../src/Source.ts"

/** Settings that reach a database by its URL. */
export const byUrl = (url: string, more: Partial<Settings> = {}) => ({
  settings: { type: "postgres", url: { secret: "URL" }, ...more } satisfies Settings,
  url,
})

/** Runs an effect with a source of its own, closed afterwards. */
export const withSource = <A, E>(
  { settings, url }: ReturnType<typeof byUrl>,
  effect: Effect.Effect<A, E, Source>,
): Effect.Effect<A, E | ConnectorError> =>
  Effect.provide(
    effect,
    layer(settings, () => Redacted.make(url)),
  )

/** Runs an effect that must fail, and gives its error. */
export const failureOf = <A, R>(effect: Effect.Effect<A, ConnectorError, R>): Effect.Effect<ConnectorError, never, R> =>
  Effect.flatMap(Effect.result(effect), (result) =>
    result._tag === "Failure" ? Effect.succeed(result.failure) : Effect.die(new Error("it did not fail")),
  )

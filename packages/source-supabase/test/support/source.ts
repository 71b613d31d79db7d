import type { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Settings } from "../../src/Settings.ts"
import { layer } from "../../src/Source.ts"

/** A source's settings and the key that it uses. */
export interface Access {
  readonly settings: Settings
  readonly key: string
}

/** Settings that reach an API with a key. */
export const access = (url: string, key: string, more: Partial<Settings> = {}): Access => ({
  settings: { type: "supabase", url, key: { secret: "KEY" }, ...more },
  key,
})

/** Runs an effect with a source of its own. */
export const withSource = <A, E>(
  { settings, key }: Access,
  effect: Effect.Effect<A, E, Source>,
): Effect.Effect<A, E | ConnectorError> =>
  Effect.provide(
    effect,
    layer(settings, () => Redacted.make(key)),
  )

/** Runs an effect that must fail, and gives its error. */
export const failureOf = <A, R>(effect: Effect.Effect<A, ConnectorError, R>): Effect.Effect<ConnectorError, never, R> =>
  Effect.flatMap(Effect.result(effect), (result) =>
    result._tag === "Failure" ? Effect.succeed(result.failure) : Effect.die(new Error("it did not fail")),
  )

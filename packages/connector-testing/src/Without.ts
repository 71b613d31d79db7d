import * as Effect from "effect/Effect"
import { NotOffered } from "./Problems.ts"

/** What a harness says in place of something that its source or server does not have, with the reason. */
export interface Without {
  readonly without: string
}

/** Leaves something out of a harness; the checks that need it are skipped and show the reason. */
export const without = (reason: string): Without => ({ without: reason })

/** Whether the harness has it. */
export const isOffered = <A>(value: A | Without): value is A =>
  !(typeof value === "object" && value !== null && "without" in value)

/** What the harness has, or the reason for which the check does not apply. */
export const offered = <A>(value: A | Without): Effect.Effect<A, NotOffered> =>
  isOffered(value) ? Effect.succeed(value) : Effect.fail(new NotOffered({ reason: (value as Without).without }))

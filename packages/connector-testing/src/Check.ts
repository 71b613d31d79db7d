import type * as Effect from "effect/Effect"
import type { ContractBroken, NotOffered } from "./Problems.ts"

/** One promise of a contract, and how to find out whether it is kept. */
export interface Check<R> {
  /** What the promise is about, such as `paging`. */
  readonly topic: string
  /** Its name within the topic; topic and name together are unique. */
  readonly name: string
  /** What is promised, in words for the author of a connector. */
  readonly contract: string
  /** Where the promise is documented. */
  readonly doc: string
  /** Fails with {@link ContractBroken} where the promise is not kept. Leaves nothing behind. */
  readonly run: Effect.Effect<void, ContractBroken | NotOffered, R>
}

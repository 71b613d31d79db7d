import * as Data from "effect/Data"

/** A promise that was not kept. Its message says what was seen, what was promised, and where that is documented. */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{
  readonly message: string
  readonly expected?: unknown
  readonly actual?: unknown
  /** What threw, where something did. */
  readonly cause?: unknown
}> {}

/** A check that does not apply, because the harness or the connector says that it has no such thing. */
export class NotOffered extends Data.TaggedError("NotOffered")<{ readonly reason: string }> {}

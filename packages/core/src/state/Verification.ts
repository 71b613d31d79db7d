import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Where a verification stands: the comparison of source and replica, value by value. It walks the source's rows by key
 * and compares each with the replica's, then asks the source for the replica's keys. What differs may have changed at
 * the source while it was looked at, so that it is compared once more, after another pull, before it counts.
 */
export const Verification = Schema.Struct({
  version: Schema.Literal(1),
  phase: Schema.Literals(["rows", "extra", "recheck"]),
  /** The last key passed in this phase. */
  after: Schema.NullOr(Schema.Array(Schema.String)),
  /** Milliseconds since 1970. */
  startedAt: Schema.Number,
  /** Rows of the source that were compared. */
  checked: Schema.Number,
  /** Whether what differs is mended. */
  repair: Schema.Boolean,
  repaired: Schema.Number,
  /** Rows that differed at first and no longer did when they were compared once more. */
  settled: Schema.optionalKey(Schema.Number),
  /** Rows of the replica that were found to be gone at the source at first. */
  extra: Schema.optionalKey(Schema.Number),
  /** The rows that differed at first, where the source cannot be asked for one of the replica's keys. */
  noted: Schema.optionalKey(Schema.Number),
  /** See `Reconciliation.dealt`. */
  dealt: Schema.optionalKey(Schema.Array(Schema.Number)),
  /** Rows of the replica of which the source showed none and said that it has them. */
  unaccounted: Schema.optionalKey(Schema.Number),
})
export type Verification = typeof Verification.Type

/** In which way a row differs: the replica lacks it, has other values, or has it although the source has not. */
export type Difference = "missing" | "differs" | "extra"

/** A verification that begins now. */
export const beginVerification = (repair: boolean): Effect.Effect<Verification> =>
  Effect.map(Clock.currentTimeMillis, (startedAt) => ({
    version: 1,
    phase: "rows",
    after: null,
    startedAt,
    checked: 0,
    repair,
    repaired: 0,
  }))

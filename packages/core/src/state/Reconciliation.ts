import * as Schema from "effect/Schema"

/**
 * Where a reconciliation stands: the comparison of the keys of replica and source. Rows that the replica lacks are looked
 * up and brought at once; keys that the source does not have are noted as suspects. Only once the whole replica was
 * compared, and the suspects are no more than the guard allows, are they asked for again and, if still absent, deleted.
 * So a deletion rests on two answers in which the source was asked for that very key.
 *
 * `walk` goes through the source's keys, `search` through the replica's, or through both where they have one order.
 *
 * The others are no reconciliations but losses that the guard has stopped, kept in the same place until they are
 * confirmed: a `swap` for a replica with far fewer rows, the `repair` of a verification, rows `marked` as deleted, and
 * rows `gone` from ranges that a pull has read.
 */
export const Reconciliation = Schema.Struct({
  version: Schema.Literal(1),
  phase: Schema.Literals(["walk", "search", "delete", "swap", "repair", "marked", "gone"]),
  /** The last key passed in this phase. */
  after: Schema.NullOr(Schema.Array(Schema.String)),
  /** Milliseconds since 1970. */
  startedAt: Schema.Number,
  /** The replica's rows when it began. */
  rows: Schema.Number,
  /** Rows to delete. Of rows that are marked, those that have left already. */
  suspects: Schema.Number,
  /** Keys of the source that the replica was found to have, where the source's were gone through. */
  shared: Schema.optionalKey(Schema.Number),
  /** The same by the places into which keys are dealt, where the source cannot be asked for the replica's. */
  dealt: Schema.optionalKey(Schema.Array(Schema.Number)),
  /** Whether an operator has allowed more deletions than the guard would. */
  confirmed: Schema.Boolean,
})
export type Reconciliation = typeof Reconciliation.Type

/** What of it is stored where the guard has stopped something else than a reconciliation. */
export type Stopped = Extract<Reconciliation["phase"], "swap" | "repair" | "marked" | "gone">

/** A stored reconciliation, where it is one that can be gone on with. */
export const underWay = (stored: Reconciliation | undefined): Reconciliation | undefined =>
  stored !== undefined && ["walk", "search", "delete"].includes(stored.phase) ? stored : undefined

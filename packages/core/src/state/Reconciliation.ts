import * as Schema from "effect/Schema"

/**
 * Where a reconciliation stands: the search for rows of the replica that are gone at the source. It first asks the
 * source for the replica's keys and notes the ones that it does not have as suspects. Only once the whole replica was
 * asked for, and the suspects are no more than the guard allows, are they asked for again and, if still absent, deleted.
 * So a deletion rests on two answers in which the source was asked for that very key.
 */
export const Reconciliation = Schema.Struct({
  version: Schema.Literal(1),
  phase: Schema.Literals(["search", "delete"]),
  /** The last key asked for in this phase, in the replica's order. */
  after: Schema.NullOr(Schema.Array(Schema.String)),
  /** Milliseconds since 1970. */
  startedAt: Schema.Number,
  /** The replica's rows when it began. */
  rows: Schema.Number,
  suspects: Schema.Number,
  /** Whether an operator has allowed more deletions than the guard would. */
  confirmed: Schema.Boolean,
})
export type Reconciliation = typeof Reconciliation.Type

import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Verification } from "../state/Verification.ts"
import type { Key } from "../table/Key.ts"
import type { Differing } from "./Replica.ts"

/**
 * What comparisons with the source have found, kept from run to run: the suspects of a reconciliation, which a batch
 * notes and clears, and the differences of a verification. What writes here takes the table as `apply` does, and fails
 * with `lease-lost` once another run has it.
 */
export interface Findings {
  /** The next suspects. */
  readonly suspects: (limit: number) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /** The next rows noted as differing after a key, in the order of their keys' texts. */
  readonly differences: (
    after: Key | undefined,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<Differing>, ConnectorError>
  /** How many rows are noted as differing. */
  readonly countDifferences: Effect.Effect<number, ConnectorError>
  /** Forgets which rows differed in the verification before. */
  readonly clearDifferences: Effect.Effect<void, ConnectorError>
  /** Saves where a verification stands, with rows that differ; `rechecked` ones are noted only where they differ still. */
  readonly noteVerification: (
    state: Verification,
    found: ReadonlyArray<Differing>,
    rechecked?: ReadonlyArray<Key>,
  ) => Effect.Effect<void, ConnectorError>
  /** Ends a verification: source and replica are equal where no row is noted as differing and none is unaccounted for. */
  readonly completeVerification: (state: Verification) => Effect.Effect<void, ConnectorError>
}

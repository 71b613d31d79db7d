import type { Connector } from "@starbase-replication/core/source"
import type { FaultMaker } from "./PassedSource.ts"
import type { SessionEnd, Write } from "./History.ts"
import type { Shape } from "./Shape.ts"
import type { Snapshot } from "./Snapshot.ts"

/** A kind of source that histories are played on. */
export interface Subject {
  readonly name: string
  readonly connector: Connector
  /** The secrets that its config entries name. */
  readonly secrets: Readonly<Record<string, string>>
  /** Whether it can tell which transactions are in flight; otherwise late commits are found within the overlap alone. */
  readonly seesTransactions: boolean
  /** Whether its rows tell who wrote them, so that within an hour also what the cursor does not show is found. */
  readonly tellsWriters: boolean
  /** Whether it notices that a column's type changes while the table is read. */
  readonly seesTypes: boolean
  /** Whether texts are in the order of their bytes. */
  readonly ordersByBytes: boolean
  /** Makes a table of its own for a history. */
  readonly table: (shape: Shape) => Promise<SubjectTable>
  readonly stop: () => Promise<void>
}

/** The table of a history. */
export interface SubjectTable {
  /** The table's name in a config document. */
  readonly name: string
  /** The source's entry in a config document; an impatient one gives up soon where the table is locked. */
  readonly entry: (isPatient: boolean) => unknown
  /**
   * Writes in a session: 0 commits at once, the others keep their transaction open. What cannot be done, for another
   * session is in the way, is left, with the transaction that it was a part of.
   */
  readonly write: (session: number, write: Write) => Promise<void>
  readonly end: (session: number, how: SessionEnd) => Promise<void>
  /** What is committed now, in the values that the replica must have. */
  readonly snapshot: () => Promise<Snapshot>
  readonly faults: FaultMaker
  /** Ends all transactions, and what is still connected from runs that died, and removes the table. */
  readonly close: () => Promise<void>
}

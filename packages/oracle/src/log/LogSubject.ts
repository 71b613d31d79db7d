import type { Connector } from "@starbase-replication/core/source"
import type { Random } from "./Random.ts"

/** All balances of both tables come to this at every commit. */
export const total = 6000

/** Those who write the tables of one history. */
export interface Writers {
  /** Does a step of one of the sessions, which may leave its transaction open. */
  readonly step: (random: Random) => Promise<string>
  /** Ends all transactions. */
  readonly settle: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** The two tables of one history, `a` and `b`. */
export interface LogTables {
  /** The source's entry, as a config has it, and the URL that its secret stands for. */
  readonly entry: object
  readonly url: string
  readonly writers: Writers
  /** A statement of the owner's, or of an operator's, of which the log tells nothing, or too little. */
  readonly disturbance: (random: Random, table: string) => string
  /** Runs a disturbance. */
  readonly disturb: (sql: string) => Promise<void>
  /** The names of a table's columns, and its rows as texts. */
  readonly columns: (table: string) => Promise<ReadonlyArray<string>>
  readonly rows: (table: string, columns: ReadonlyArray<string>) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
  readonly drop: () => Promise<void>
}

/** A server whose log is followed. */
export interface LogSubject {
  readonly connector: Connector
  /** Whether others write, and define tables anew, while a run is under way. */
  readonly interleaves: boolean
  readonly make: (name: string) => Promise<LogTables>
}

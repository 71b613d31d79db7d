import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Column, TableName, TableSchema, Value } from "../table/Table.ts"

/** Where a source's change log is read. Positions are texts of the source's own. */
export interface LogStanding {
  /** `missing`: nobody keeps the log for us. `lost`: the source has thrown away what was not read. */
  readonly state: "ready" | "missing" | "lost"
  /** From where on the source has the log; undefined unless it is `ready`, or where that is not known. */
  readonly kept: string | undefined
  /** Up to where the log is safely written now. */
  readonly end: string
  /**
   * What decides that a change of a published table is in the log at all, in a form of the source's own: under another
   * text, changes may have been missed.
   */
  readonly publication: string
  /** How many bytes of the log the source keeps for us, and how many more until it throws them away, where that is so. */
  readonly held: number
  readonly safe: number | null
  /** The source's own word for how the log is kept. */
  readonly keeping: string
  /** What keeps the source from letting go of what was read already, in a sentence. */
  readonly holds: string | undefined
  /** What the log has of tables, by the names that `formatTableName` gives. */
  readonly tables: ReadonlyMap<string, LoggedTable>
  /** What breaks writes at the source while things are as they are, each with the statement that mends it. */
  readonly dangers: ReadonlyArray<string>
}

/** A table as the log has it. */
export interface LoggedTable {
  /** Why the log does not tell all of it, as the second half of a sentence about the table. */
  readonly why?: string
  /** What makes it this member of the publication: under another text, changes of it may have been missed. */
  readonly member: string
  /** The columns that tell which row was updated or deleted; undefined where updates and deletes are not told. */
  readonly identity: ReadonlyArray<string> | undefined
  /** The columns whose values are told. */
  readonly columns: ReadonlyArray<string>
  /** Whether the log leaves out rows. */
  readonly isFiltered: boolean
  /**
   * What holds its rows, in a form of the source's own. What is there no longer took its rows along without a word, unless the
   * table was emptied; of those among `attached` the rows came without one.
   */
  readonly parts: ReadonlyArray<string>
  /** The transaction by which each part came to be as it is, as `begin` names it. */
  readonly madeBy: ReadonlyArray<string>
  readonly attached: ReadonlyArray<string>
  /** The columns whose values are told in another form than a read gives. */
  readonly unlike: ReadonlyArray<string>
}

/** A value as the log tells it: undefined where it is the one that the row had before, or is not told. */
export type LogValue = Value | undefined

/** A row as the log tells it, in the order of the columns asked for. */
export type LogRow = ReadonlyArray<LogValue>

/** What the log tells. Of a change, `table` is the place among those that were asked for. */
export type LogMessage =
  | { readonly kind: "begin"; readonly at: string; readonly transaction: string; readonly place: number }
  | {
      readonly kind: "change"
      readonly table: number
      /** What told the row apart before; undefined for one that was inserted, or kept its key. */
      readonly old: LogRow | undefined
      /** Undefined for one that was deleted. */
      readonly now: LogRow | undefined
      /** Whether the row came whole, and its columns were then as they are described now; else only keys can be relied on. */
      readonly isAsDescribed: boolean
      /** Its place in the answer: places grow, and within a transaction they are the same in each answer. */
      readonly place: number
    }
  | { readonly kind: "truncate"; readonly tables: ReadonlyArray<number>; readonly place: number }
  /** What became of these tables the log does not tell, or not for sure: they must be read anew. */
  | { readonly kind: "untold"; readonly tables: ReadonlyArray<number>; readonly place: number }
  /** All of the transaction has come; `end` is the position after it. */
  | { readonly kind: "commit"; readonly end: string }

/** What to read of the log. */
export interface LogRequest {
  /** The position up to which all is applied. */
  readonly from: string
  readonly end: string
  /** Skips so many places of the transaction `at`, the first one, which were applied already. */
  readonly skip: { readonly at: string; readonly places: number } | undefined
  readonly tables: ReadonlyArray<{
    readonly table: TableSchema
    readonly columns: ReadonlyArray<Column>
    readonly key: ReadonlyArray<string>
  }>
}

/** How far a read came. */
export interface LogRead {
  /** The end of the window. */
  readonly until: string
  /** Whether all of the window was given, and whether it ended with the `end` that was asked for. */
  readonly isWhole: boolean
  readonly isAll: boolean
}

/** A source's change log, which it keeps until it is told that all is applied. */
export interface SourceLog {
  /** How often it is read, in milliseconds. */
  readonly every: number
  /** Under which name the source keeps it for us; undefined where it keeps it for nobody, and as long as it likes. */
  readonly slot: string | undefined
  /**
   * True where rows that are gone must leave whatever replicates them, however many they are, and nobody is to be asked: the source
   * is itself behind a guard, and what is gone may be another's by now.
   */
  readonly vouches?: true
  /**
   * How things stand, with these tables among what is told. Fails with `log-unusable` where the log cannot be read at all,
   * with what the owner must do.
   */
  readonly standing: (tables: ReadonlyArray<TableName>) => Effect.Effect<LogStanding, ConnectorError>
  /** Has the source keep the log from now on, in place of what was lost. Gives the position from which it does. */
  readonly keep: Effect.Effect<string, ConnectorError>
  /** Has the source keep nothing for us any more. */
  readonly drop: Effect.Effect<void, ConnectorError>
  /** Tells the source that all up to a position is applied and stored. */
  readonly confirm: (position: string) => Effect.Effect<void, ConnectorError>
  /**
   * Whether reads see what these transactions did: where a commit is in the log before anybody sees it. Without it, the log
   * tells of none that cannot be seen.
   */
  readonly areVisible?: (transactions: ReadonlyArray<string>) => Effect.Effect<boolean, ConnectorError>
  /** A position that is past all that a read before has seen. */
  readonly now: Effect.Effect<string, ConnectorError>
  /**
   * Reads a window of the log and gives its messages, some at a time, whole transactions in the order of their commits.
   * What `take` gives is whether to go on; the next are given once it is done. `lost` where the source has no longer what
   * comes after `from`.
   */
  readonly read: (
    request: LogRequest,
    take: (messages: ReadonlyArray<LogMessage>) => Effect.Effect<boolean, ConnectorError>,
  ) => Effect.Effect<LogRead | "lost", ConnectorError>
  /** Whether the first position is at or past the second. */
  readonly isPast: (position: string, other: string) => boolean
  /** Reads a position that somebody has written; undefined for what is none. */
  readonly parse: (text: string) => string | undefined
  /** How the owner of these tables sets the log up, in a sentence with the statements. */
  readonly setUp: (tables: ReadonlyArray<TableName>) => string
}

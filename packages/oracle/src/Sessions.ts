/** The connections of histories to a source: 0 commits each statement at once, the others keep their transaction open. */
export interface Sessions {
  /** Runs statements; false where they could not be done, and then the session's transaction is rolled back. */
  readonly run: (session: number, sql: string) => Promise<boolean>
  readonly end: (session: number, how: "commit" | "roll back") => Promise<void>
  readonly rollBackAll: () => Promise<void>
  /** What is committed, as texts; undefined where a lock is in the way. */
  readonly rows: (sql: string) => Promise<ReadonlyArray<ReadonlyArray<string | null>> | undefined>
  /** Keeps others from reading a table; false where it cannot be had. */
  readonly lock: (table: string) => Promise<boolean>
  readonly unlock: () => Promise<void>
  readonly stop: () => Promise<void>
}

import * as Context from "effect/Context"

/** What a run is at. */
export type Phase =
  /** It reads rows and applies them. */
  | "pull"
  /** It looks for rows that are gone at the source. */
  | "deletes"
  /** It compares all values. */
  | "verify"
  /** It puts a replica that was built anew in the place of the one that readers see. */
  | "swap"

/** A run of one table as it goes on. The run changes it; who looks sees how far it is. */
export interface Progress {
  readonly table: string
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number
  /** Rows and pages read so far. */
  read: number
  pages: number
  phase: Phase
  /** About how many rows a load has to read, where the source has noted that. */
  estimate: number | undefined
}

/** Looks on while tables are run; nobody does where nobody is provided. */
export const Onlooker = Context.Reference<{
  readonly begun: (run: Progress) => void
  readonly ended: (run: Progress) => void
}>("@starbase-replication/core/Onlooker", {
  defaultValue: () => ({ begun: () => undefined, ended: () => undefined }),
})

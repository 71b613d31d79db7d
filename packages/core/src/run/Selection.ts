import type { ReplicationConfig } from "../config/Config.ts"
import { nearest } from "../error/suggest.ts"

/** Which tables to run: all, those that are due, or some by the names of their replica tables. */
export type Selection = "all" | "due" | { readonly into: ReadonlyArray<string> }

/** Why no table goes by a name, with the nearest one that does. */
export const unknownTable = (config: ReplicationConfig, into: string): string =>
  `no table "${into}" is replicated here${nearest(
    into,
    config.tables.map((table) => table.into),
  )}`

import type { ColumnType, Value } from "@starbase-replication/core/source"

/** The server's types that are more than text, by the server's own names. */
const columnTypes = new Map<string, ColumnType>([["bigint", "integer"]])

/** What a value of a type is in the replica. */
export const columnType = (sourceType: string): ColumnType => columnTypes.get(sourceType) ?? "text"

/** The canonical text of a value as the driver gives it: see the table in core's `Table.ts`. */
export const toCanonical = (_sourceType: string, given: unknown): Value => (given === null ? null : String(given))

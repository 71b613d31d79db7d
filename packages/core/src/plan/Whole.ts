import type { TableConfig } from "../config/TableConfig.ts"
import type { Bound } from "../source/Whole.ts"
import { formatTableName, type TableSchema } from "../table/Table.ts"

/**
 * How a table without a key is replicated: `whole`, by the `nullable` unique index that it has, or `refused`, because its
 * source cannot read it as of one moment.
 */
export type Keyless = "whole" | "nullable" | "refused"

/** What holds where the config does not say otherwise. */
const defaultBound: Bound = { rows: 50_000, bytes: 10_000_000 }

export const boundOf = ({ whole }: TableConfig): Bound => ({
  rows: whole?.rows ?? defaultBound.rows,
  bytes: whole?.bytes ?? defaultBound.bytes,
})

/** Whether nothing tells a table's rows apart. */
export const isKeyless = (config: TableConfig, schema: TableSchema): boolean =>
  config.key === undefined && schema.key.length === 0

/** The columns that tell rows apart; none where nothing does. */
export const keyOf = (config: TableConfig, schema: TableSchema, keyless: Keyless): ReadonlyArray<string> => {
  if (!isKeyless(config, schema)) return config.key ?? schema.key
  return keyless === "nullable" ? (schema.nullableKey ?? []) : []
}

/** Rowids by which a replica without a key is read; one of them must be no column. */
export const rowids = ["rowid", "_rowid_", "oid"]

/** What of a config does not go with a table that is read whole, each with its path. */
export const wholeProblems = (config: TableConfig, schema: TableSchema, keyless: Keyless): ReadonlyArray<string> => {
  const { path } = config
  const table = formatTableName(schema.name)
  const no = `${table} has no primary key and no unique index over NOT NULL columns`
  if (keyless === "refused") return [`${path}.key: ${no}; name columns in key that are unique together`]
  const names = new Set(schema.columns.map(({ name }) => name.toLowerCase()))
  return [
    // A wildcard says what is true of most of its tables: one without a key is read whole, and loses nothing by that.
    ...(config.cursor === undefined || config.isListed
      ? []
      : [`${path}.cursor: ${no}, so that it is read whole; leave cursor out, or name columns in key`]),
    ...(config.deletes.kind === "ignore"
      ? [`${path}.deletes: "ignore" does not go with a table that is read whole: ${no}; name columns in key`]
      : []),
    ...(rowids.every((name) => names.has(name))
      ? [`${path}.columns: ${table} has no key and columns called ${rowids.join(", ")}; name others in columns`]
      : []),
  ]
}

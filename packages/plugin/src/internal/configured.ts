import { expand, parseTableName, type ReplicationConfig, type TableConfig } from "@starbase-replication/core/config"

/** A replica table as the sink knows it. */
export interface Known {
  readonly table: string
  readonly source: string
  readonly sourceTable: string
}

/** What the config says of a known table, by name or by a wildcard; undefined where it has left the config. */
export const configured = (config: ReplicationConfig, known: Known): TableConfig | undefined => {
  const named = config.tables.find(({ into }) => into === known.table)
  if (named !== undefined) return named
  const name = parseTableName(known.sourceTable)
  if (name === undefined || name.name !== known.table) return undefined
  const wildcard = config.wildcards.find(
    ({ source, schema, except }) =>
      source === known.source &&
      (schema === undefined || schema === name.schema) &&
      !except.some((one) => one.name === name.name && (one.schema === undefined || one.schema === name.schema)),
  )
  return wildcard === undefined ? undefined : expand(wildcard, name)
}

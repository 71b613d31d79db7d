import * as Effect from "effect/Effect"
import type { ReplicationConfig } from "../config/Config.ts"
import { expand, type TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Source } from "../source/Source.ts"
import { describe } from "../sync/InFlight.ts"
import { parseTableName } from "../table/Table.ts"
import type { Found } from "./Ready.ts"
import type { Past } from "./Scheduler.ts"

/**
 * All tables of a source that its log may be told of: those that were asked for, all that the config names, and those of
 * wildcards that follow the log already. What the log tells of one of them must not be lost because another one was asked for.
 */
export const allTables = Effect.fnUntraced(function* (
  config: ReplicationConfig,
  source: string,
  past: Past,
  found: ReadonlyArray<Found>,
): Effect.fn.Return<ReadonlyArray<Found>, ConnectorError, Source> {
  const asked = new Set(found.map(({ table }) => table.into))
  const named = config.tables.filter((table) => table.source === source)
  const following = past.logs?.get(source)?.following ?? []
  const listed = [...new Set(following.map(({ into }) => into))].flatMap(
    (into) => listedAs(config, source, past, into) ?? [],
  )
  const others = new Map(
    [...named, ...listed].flatMap((table) => (asked.has(table.into) ? [] : [[table.into, table] as const])),
  )
  if (others.size === 0) return found
  const { tables } = yield* describe([...others.values()].map(({ table }) => table))
  return [...found, ...[...others.values()].map((table, at): Found => ({ table, schema: tables[at] }))]
})

/** The entry of a replica that a wildcard stands for, as it is known from its runs. */
const listedAs = (config: ReplicationConfig, source: string, past: Past, into: string): TableConfig | undefined => {
  const run = past.runs.get(into)
  const name = run?.source === source ? parseTableName(run.sourceTable) : undefined
  if (name === undefined) return undefined
  const wildcard = config.wildcards.find(
    ({ source: of, schema, except }) =>
      of === source &&
      (schema === undefined || schema === name.schema) &&
      !except.some((other) => other.name === name.name && (other.schema ?? name.schema) === name.schema),
  )
  return wildcard && { ...expand(wildcard, name), into }
}

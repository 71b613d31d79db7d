import * as Effect from "effect/Effect"
import type { ReplicationConfig } from "../config/Config.ts"
import { nameProblem } from "../config/names.ts"
import { expand, type TableConfig, type WildcardConfig } from "../config/TableConfig.ts"
import { ConnectorError, type ErrorDescription } from "../error/ConnectorError.ts"
import { Source } from "../source/Source.ts"
import { foldCase, formatTableName, parseTableName, type TableName } from "../table/Table.ts"
import type { Past } from "./Scheduler.ts"

/** What the wildcards of a source stand for. */
export interface Listed {
  /** For each wildcard, its tables. */
  readonly tables: ReadonlyArray<ReadonlyArray<TableConfig>>
  /** Tables that cannot be replicated under their names, each with why. */
  readonly strays: ReadonlyArray<{ readonly table: TableConfig; readonly error: ConnectorError }>
  /** Tables that were replicated and are no longer listed. */
  readonly gone: ReadonlyArray<TableConfig>
}

/** What a table is blocked by that a wildcard no longer lists: it goes on by itself once it is listed again. */
export const notListed = "not listed"

/** Lists the tables of wildcards. A name that clashes is the trouble of that table alone. */
export const listWildcards = Effect.fnUntraced(function* (
  config: ReplicationConfig,
  wildcards: ReadonlyArray<WildcardConfig>,
  past: Past,
) {
  const expanded = yield* Effect.forEach(wildcards, (wildcard) => expandWildcard(config, wildcard))
  const taken = new Map<string, TableConfig>()
  for (const table of config.tables) nameProblem(table, taken)
  const strays: Array<Listed["strays"][number]> = []
  const kept = new Set<TableConfig>()
  for (const table of expanded.flat().toSorted((a, b) => seniority(a, past) - seniority(b, past))) {
    const problem = foreignOwner(config, table, past) ?? nameProblem(table, taken)
    if (problem === undefined) kept.add(table)
    else strays.push({ table: asStray(table, past, taken), error: refused(table, [problem]) })
  }
  const listed: Listed = {
    tables: expanded.map((tables) => tables.filter((table) => kept.has(table))),
    strays,
    gone: wildcards.flatMap((wildcard, index) => goneFrom(config, wildcard, expanded[index] ?? [], past)),
  }
  return listed
})

/** The tables that a wildcard stands for, as the source lists them. */
const expandWildcard = Effect.fnUntraced(function* (config: ReplicationConfig, wildcard: WildcardConfig) {
  const source = yield* Source
  const found = yield* source.list(wildcard.schema)
  return found.filter((name) => !isLeftOut(config, wildcard, name)).map((name) => expand(wildcard, name))
})

const isLeftOut = (config: ReplicationConfig, wildcard: WildcardConfig, name: TableName): boolean => {
  const explicit = config.tables.filter((table) => table.source === wildcard.source).map(({ table }) => table)
  return [...wildcard.except, ...explicit].some((other) => sameTable(name, other))
}

/** A name without a schema means the source's default one, which a listed name always carries. */
const sameTable = (listed: TableName, written: TableName): boolean =>
  listed.name === written.name && (written.schema === undefined || listed.schema === written.schema)

const isRunOf = ({ source, table, into }: TableConfig, past: Past): boolean => {
  const run = past.runs.get(into)
  return run?.source === source && run.sourceTable === formatTableName(table)
}

/** Of two tables that want one name, the one has it that was synced before. */
const seniority = (table: TableConfig, past: Past): number =>
  isRunOf(table, past) && past.runs.get(table.into)?.syncedAt !== undefined ? 0 : 1

/** Why a name is not to be had: another source of the config has it. */
const foreignOwner = (config: ReplicationConfig, { into, source }: TableConfig, past: Past): string | undefined => {
  const owner = past.runs.get(into)
  if (owner === undefined || owner.source === source || !config.sources.has(owner.source)) return undefined
  return `"${into}" is already the replica table of ${owner.sourceTable} of "${owner.source}"; give one of them another name with into`
}

/** A stray is noted under a name of its own where its replica's belongs to another table. */
const asStray = (table: TableConfig, past: Past, taken: ReadonlyMap<string, TableConfig>): TableConfig => {
  const isOthers = past.runs.has(table.into) && !isRunOf(table, past)
  const isTaken = taken.get(foldCase(table.into))?.into === table.into
  return isOthers || isTaken ? { ...table, into: formatTableName(table.table) } : table
}

/** The error of a table that a wildcard lists and that cannot be replicated as it is. */
export const refused = ({ source, table }: TableConfig, problems: ReadonlyArray<string>): ConnectorError => {
  const name = formatTableName(table)
  const entry = JSON.stringify({ source, table: name, into: "…", key: ["…"] })
  return new ConnectorError({
    code: "refused",
    message: `${name} is left out: ${problems.join("; ")}`,
    hint: `Name it in tables, with what the message asks for (${entry}), or in the wildcard's except ("except": [${JSON.stringify(name)}]).`,
  })
}

/** A failure as it is told of a table: one that a wildcard lists and that is too large is left out, as nobody has asked for it. */
export const toldOf = (table: TableConfig, error: ErrorDescription): ErrorDescription => {
  if (!table.isListed || error.code !== "too-large") return error
  const name = formatTableName(table.table)
  return {
    ...error,
    code: "refused",
    message: `${name} is left out: ${error.message}`,
    hint: `${error.hint} Or leave it out with the wildcard's except ("except": [${JSON.stringify(name)}]).`,
  }
}

/** Tables that a wildcard stood for, known from their runs, which are not listed any more. */
const goneFrom = (
  config: ReplicationConfig,
  wildcard: WildcardConfig,
  listed: ReadonlyArray<TableConfig>,
  past: Past,
): ReadonlyArray<TableConfig> => {
  const there = new Set(listed.map(({ table }) => formatTableName(table)))
  const schema = wildcard.schema ?? listed[0]?.table.schema
  return [...past.runs.values()].flatMap((run) => {
    const name = parseTableName(run.sourceTable)
    const isCovered = run.source === wildcard.source && name !== undefined && name.schema === schema
    if (!isCovered || run.blockedBy === notListed || there.has(run.sourceTable)) return []
    return isLeftOut(config, wildcard, name) ? [] : [{ ...expand(wildcard, name), into: run.table }]
  })
}

/** The error of a table that is no longer listed. */
export const noLongerListed = ({ table }: TableConfig): ConnectorError =>
  new ConnectorError({
    code: "table-missing",
    message: `${formatTableName(table)} is no longer listed at the source: it was dropped or renamed, or this user may not read it any more.`,
    hint: "The replica stays as it is. Reset it where the table is gone for good; it goes on by itself once the table is there again.",
  })

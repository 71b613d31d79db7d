import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Connector } from "./Connector.ts"
import { ConnectorError } from "./ConnectorError.ts"
import { ReplicationDocument, type TableEntry, toMillis, type Where } from "./Document.ts"
import { decodeWithProblems } from "./internal/problems.ts"
import { nearest } from "./internal/suggest.ts"
import type { Filter } from "./Page.ts"
import type { Budget } from "./Budget.ts"
import { parseCron, type Schedule } from "./Schedule.ts"
import type { Source } from "./Source.ts"
import { foldCase, isWildcard, parseTableName, type TableName } from "./Table.ts"

/** How rows that are gone at the source leave the replica. */
export type Deletes =
  | { readonly kind: "ignore" }
  | {
      /** Rows in which the column is neither NULL nor false are deleted. */
      readonly kind: "soft"
      readonly column: string
    }
  | {
      readonly kind: "reconcile"
      /** Milliseconds between two comparisons of all keys. */
      readonly every: number
    }

/** What the config says of one table, defaults filled in. */
export interface TableConfig {
  /** Where the entry stands in the document: `tables[0]`. */
  readonly path: string
  readonly source: string
  readonly table: TableName
  /** The name of the replica table. */
  readonly into: string
  readonly cursor: string | undefined
  /** A duration in words, or a number of values, as the cursor's type asks. */
  readonly overlap: string | number | undefined
  readonly key: ReadonlyArray<string> | undefined
  readonly columns: ReadonlyArray<string> | undefined
  readonly as: Readonly<Record<string, "integer" | "real" | "text">> | undefined
  readonly where: ReadonlyArray<Filter>
  readonly deletes: Deletes
  /** Milliseconds between two verifications. */
  readonly verify: number | undefined
  readonly mode: "incremental" | "full"
  readonly drift: "follow" | "freeze" | "fail"
  readonly batchSize: number
  readonly schedule: Schedule
  readonly adopt: boolean
}

/** An entry that stands for all tables of a schema. */
export interface WildcardConfig extends Omit<TableConfig, "table" | "into"> {
  readonly schema: string | undefined
  readonly except: ReadonlyArray<TableName>
}

/** A document that was checked, and whose secrets are there. */
export interface ReplicationConfig {
  /** How to open each source for a run, by its name. */
  readonly sources: ReadonlyMap<string, Layer.Layer<Source, ConnectorError>>
  /** The type of each source. */
  readonly types: ReadonlyMap<string, string>
  readonly tables: ReadonlyArray<TableConfig>
  readonly wildcards: ReadonlyArray<WildcardConfig>
  readonly limits: ReadonlyMap<string, SourceLimits>
  readonly budget: Budget
}

/** What a source may be asked at most. */
export interface SourceLimits {
  /** How many tables are pulled side by side. */
  readonly concurrency: number
  readonly queriesPerSecond: number | undefined
}

const defaultReconcile = 3_600_000
const defaultBatchSize = 5000
const defaultEvery = 60_000
const defaultTime = 20_000

/**
 * Checks a replication document: decodes it, finds the connector of each source and each named secret. Fails with
 * `invalid-config` and every problem at once, each with its path.
 */
export const decodeConfig = (
  document: unknown,
  options: {
    readonly connectors: ReadonlyArray<Connector>
    /** Looks a secret up by its name. */
    readonly secrets: (name: string) => string | undefined
  },
): Effect.Effect<ReplicationConfig, ConnectorError> =>
  Effect.suspend(() => {
    const decoded = decodeWithProblems(ReplicationDocument, document, "")
    if ("problems" in decoded) return invalidConfig(decoded.problems)
    const problems: Array<string> = []

    const sources = new Map<string, Layer.Layer<Source, ConnectorError>>()
    const types = new Map<string, string>()
    for (const [name, entry] of Object.entries(decoded.value.sources)) {
      const path = `sources.${name}`
      const connector = findConnector(entry, path, options.connectors)
      if (typeof connector === "string") {
        problems.push(connector)
        continue
      }
      const opened = connector.open(entry, path)
      if ("problems" in opened) {
        problems.push(...opened.problems)
        continue
      }
      types.set(name, connector.type)
      const secrets = new Map<string, string>()
      for (const ref of secretsIn(entry, path)) {
        const value = options.secrets(ref.name)
        if (value === undefined || value === "") {
          problems.push(`${ref.path}: no secret named ${ref.name} is set in this deployment`)
        } else secrets.set(ref.name, value)
      }
      sources.set(
        name,
        opened.layer(({ secret }) => Redacted.make(secrets.get(secret) ?? "")),
      )
    }

    const tables: Array<TableConfig> = []
    const wildcards: Array<WildcardConfig> = []
    decoded.value.tables.forEach((entry, index) => {
      const path = `tables[${index}]`
      if (!Object.hasOwn(decoded.value.sources, entry.source)) {
        const known = Object.keys(decoded.value.sources)
        problems.push(`${path}.source: no source "${entry.source}" in sources${nearest(entry.source, known)}`)
      }
      const defaults = decoded.value.defaults ?? {}
      if (isWildcard(entry.table)) wildcards.push(wildcard(entry, path, defaults, problems))
      else tables.push(...single(entry, path, defaults, problems))
    })
    problems.push(...clashes(tables))

    const limits = new Map<string, SourceLimits>()
    for (const [name, { concurrency = 1, queriesPerSecond }] of Object.entries(decoded.value.limits ?? {})) {
      limits.set(name, { concurrency, queriesPerSecond })
      if (!sources.has(name))
        problems.push(`limits.${name}: no source "${name}" in sources${nearest(name, sources.keys())}`)
    }
    if (problems.length > 0) return invalidConfig(problems)
    return Effect.succeed({ sources, types, tables, wildcards, limits, budget: toBudget(decoded.value.budget) })
  })

/** The error of a config in which something is wrong. */
export const invalidConfig = (problems: ReadonlyArray<string>): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message: problems.join("\n") }))

/** The entry of one table that a wildcard stands for. */
export const expand = (
  { schema: _schema, except: _except, ...rest }: WildcardConfig,
  table: TableName,
): TableConfig => ({
  ...rest,
  table,
  into: table.name,
})

/** What is wrong with the names of the replica tables: SQLite's reserved ones, the project's own, and doubles. */
export const clashes = (tables: ReadonlyArray<TableConfig>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const first = new Map<string, TableConfig>()
  for (const table of tables) {
    const folded = foldCase(table.into)
    if (/^(?:tmp_|sqlite_|_cf_)/.test(folded)) {
      problems.push(
        `${table.path}.into: "${table.into}" is reserved; choose a name that does not begin with tmp_, sqlite_ or _cf_`,
      )
    }
    const twin = first.get(folded)
    if (twin === undefined) first.set(folded, table)
    else {
      problems.push(
        `${table.path}.into: "${table.into}" is already the replica table of ${twin.path}; give one of them another name with into`,
      )
    }
  }
  return problems
}

const findConnector = (entry: unknown, path: string, connectors: ReadonlyArray<Connector>): Connector | string => {
  const type = typeof entry === "object" && entry !== null && "type" in entry ? entry.type : undefined
  const included = connectors.map((connector) => connector.type)
  if (typeof type !== "string") return `${path}.type: is missing; this deployment includes ${included.join(", ")}`
  const found = connectors.find((connector) => connector.type === type)
  if (found !== undefined) return found
  return `${path}.type: this deployment includes ${included.join(", ")}, not "${type}"${nearest(type, included) || "; add its connector to the deployment's entry file"}`
}

const secretsIn = (entry: unknown, path: string): ReadonlyArray<{ readonly name: string; readonly path: string }> => {
  if (typeof entry !== "object" || entry === null) return []
  if ("secret" in entry && typeof entry.secret === "string") return [{ name: entry.secret, path }]
  return Object.entries(entry).flatMap(([name, value]) => secretsIn(value, `${path}.${name}`))
}

type Entry = typeof TableEntry.Type

const common = (
  entry: Entry,
  path: string,
  defaults: ScheduleEntry,
  problems: Array<string>,
): Omit<TableConfig, "table" | "into"> => {
  if (entry.overlap !== undefined && entry.cursor === undefined) {
    problems.push(`${path}.overlap: only goes with a cursor`)
  }
  if (entry.mode === "full" && entry.cursor !== undefined) {
    problems.push(`${path}.cursor: does not go with mode "full", which reads all rows each time`)
  }
  return {
    path,
    source: entry.source,
    cursor: entry.cursor,
    overlap: entry.overlap,
    key: entry.key,
    columns: entry.columns,
    as: entry.as,
    where: (entry.where ?? []).map(toFilter),
    deletes: toDeletes(entry.deletes),
    verify: entry.verify === undefined ? undefined : toMillis(entry.verify),
    mode: entry.mode ?? "incremental",
    drift: entry.drift ?? "follow",
    batchSize: entry.batchSize ?? defaultBatchSize,
    schedule: toSchedule(entry, path, defaults, problems),
    adopt: entry.adopt ?? false,
  }
}

const single = (
  entry: Entry,
  path: string,
  defaults: ScheduleEntry,
  problems: Array<string>,
): ReadonlyArray<TableConfig> => {
  if (entry.except !== undefined) problems.push(`${path}.except: only goes with a table such as "public.*"`)
  const table = parseTableName(entry.table)
  const rest = common(entry, path, defaults, problems)
  if (table === undefined) {
    problems.push(
      `${path}.table: must be a name, or a schema and a name; put parts with dots or quotes in double quotes`,
    )
    return []
  }
  return [{ ...rest, table, into: entry.into ?? table.name }]
}

const wildcard = (entry: Entry, path: string, defaults: ScheduleEntry, problems: Array<string>): WildcardConfig => {
  for (const field of ["into", "columns", "key", "as"] as const) {
    if (entry[field] !== undefined) problems.push(`${path}.${field}: does not go with a table such as "${entry.table}"`)
  }
  const except = (entry.except ?? []).flatMap((text, index) => {
    const name = parseTableName(text)
    if (name === undefined) problems.push(`${path}.except[${index}]: must be a name, or a schema and a name`)
    return name ?? []
  })
  const schema = entry.table === "*" ? undefined : parseTableName(entry.table)?.schema
  if (schema === undefined && entry.table !== "*") problems.push(`${path}.table: must be * or a schema and .*`)
  return { ...common(entry, path, defaults, problems), schema, except }
}

type ScheduleEntry = Pick<Entry, "every" | "cron" | "timeZone">

/** An entry's own schedule, or the document's default, or every minute. */
const toSchedule = (entry: Entry, path: string, defaults: ScheduleEntry, problems: Array<string>): Schedule => {
  const isOwn = entry.every !== undefined || entry.cron !== undefined
  const { every, cron } = isOwn ? entry : defaults
  const at = isOwn ? path : "defaults"
  const timeZone = entry.timeZone ?? defaults.timeZone
  if (every !== undefined && cron !== undefined) problems.push(`${at}.cron: does not go with every`)
  if (entry.timeZone !== undefined && cron === undefined) problems.push(`${path}.timeZone: only goes with cron`)
  if (cron !== undefined) {
    const parsed = parseCron(cron, timeZone)
    if ("schedule" in parsed) return parsed.schedule
    problems.push(`${at}.cron: ${parsed.problem}`)
  }
  const millis = every === undefined ? defaultEvery : toMillis(every)
  if (millis < 1000) problems.push(`${at}.every: must be at least 1 second`)
  return { kind: "every", millis }
}

const toBudget = (budget: (typeof ReplicationDocument.Type)["budget"]): Budget => ({
  millis: budget?.time === undefined ? defaultTime : toMillis(budget.time),
  rows: budget?.rows ?? Number.POSITIVE_INFINITY,
  bytes: budget?.bytes ?? Number.POSITIVE_INFINITY,
  queries: budget?.queries ?? Number.POSITIVE_INFINITY,
})

const toDeletes = (deletes: Entry["deletes"]): Deletes => {
  if (deletes === undefined) return { kind: "reconcile", every: defaultReconcile }
  if (deletes === "ignore") return { kind: "ignore" }
  return "softDelete" in deletes
    ? { kind: "soft", column: deletes.softDelete }
    : { kind: "reconcile", every: toMillis(deletes.reconcile) }
}

const toFilter = (condition: typeof Where.Type): Filter => {
  if (!("value" in condition)) return condition
  if (condition.op === "in") return { column: condition.column, op: condition.op, values: condition.value.map(toText) }
  return { column: condition.column, op: condition.op, value: toText(condition.value) }
}

const toText = (value: string | number | boolean): string =>
  typeof value === "boolean" ? (value ? "1" : "0") : String(value)

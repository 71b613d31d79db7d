import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { ConnectorError } from "../error/ConnectorError.ts"
import { nearest } from "../error/suggest.ts"
import type { Connector } from "../source/Connector.ts"
import { toMillis } from "../source/Settings.ts"
import type { Source } from "../source/Source.ts"
import { isWildcard } from "../table/Table.ts"
import type { Budget } from "./Budget.ts"
import { makeMaskReader, type MaskRule } from "./masks.ts"
import { nameProblem } from "./names.ts"
import { type Parts, readDocument } from "./parts.ts"
import { type Replicas, replicasProblems, toReplicas } from "./Replicas.ts"
import type { TableConfig, WildcardConfig } from "./TableConfig.ts"
import { single, toBudget, wildcard } from "./entries.ts"

/** A document that was checked, and whose secrets are there. */
export interface ReplicationConfig {
  /** How to open each source for a run, by its name. */
  readonly sources: ReadonlyMap<string, Layer.Layer<Source, ConnectorError>>
  /** The type of each source. */
  readonly types: ReadonlyMap<string, string>
  readonly tables: ReadonlyArray<TableConfig>
  readonly wildcards: ReadonlyArray<WildcardConfig>
  /** Masks for all tables of sources, as they are written. */
  readonly mask: Parts["mask"]
  readonly limits: ReadonlyMap<string, SourceLimits>
  readonly budget: Budget
  /** How long a query that asks for fresh rows waits at most, in milliseconds; undefined where none may ask. */
  readonly freshness: { readonly deadline: number } | undefined
  readonly log: "json" | "off"
  /** The sources whose change log is read, with how often, in milliseconds. */
  readonly logs: ReadonlyMap<string, { readonly every: number }>
  /** Who replicates from here; undefined where nobody may. */
  readonly replicas: Replicas | undefined
}

/** What a source may be asked at most. */
export interface SourceLimits {
  /** How many tables are pulled side by side. */
  readonly concurrency: number
  readonly queriesPerSecond: number | undefined
}

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
    const { value, ...written } = readDocument(document)
    const problems = [...written.problems]
    const named = written.sources ?? {}

    const sources = new Map<string, Layer.Layer<Source, ConnectorError>>()
    const types = new Map<string, string>()
    const logs = new Map<string, { readonly every: number }>()
    for (const [name, entry] of Object.entries(named)) {
      const path = `sources.${name}`
      const secrets = new Map<string, string>()
      const unset: Array<string> = []
      for (const ref of secretsIn(entry, path)) {
        const secret = options.secrets(ref.name)
        if (secret === undefined || secret === "") {
          unset.push(`${ref.path}: no secret named ${ref.name} is set in this deployment`)
        } else secrets.set(ref.name, secret)
      }
      const connector = findConnector(entry, path, options.connectors)
      const opened = typeof connector === "string" ? { problems: [connector] } : connector.open(entry, path)
      problems.push(...("problems" in opened ? opened.problems : []), ...unset)
      if ("problems" in opened || typeof connector === "string") continue
      types.set(name, connector.type)
      if (opened.log !== undefined) {
        logs.set(name, opened.log)
        if (opened.log.every < 1000) problems.push(`${path}.log.every: must be at least 1 second`)
      }
      sources.set(
        name,
        opened.layer(({ secret }) => Redacted.make(secrets.get(secret) ?? "")),
      )
    }

    const masks = makeMaskReader(options.secrets, problems)
    const ofSources = new Map<string, ReadonlyArray<MaskRule>>()
    for (const [name, entries] of Object.entries(written.mask ?? {})) {
      ofSources.set(name, masks.ofSource(entries, `mask.${name}`))
      if (written.sources !== undefined && !Object.hasOwn(named, name))
        problems.push(`mask.${name}: no source "${name}" in sources${nearest(name, Object.keys(named))}`)
    }

    const tables: Array<TableConfig> = []
    const wildcards: Array<WildcardConfig> = []
    for (const [index, entry] of written.tables) {
      const path = `tables[${index}]`
      if (written.sources !== undefined && !Object.hasOwn(named, entry.source)) {
        problems.push(
          `${path}.source: no source "${entry.source}" in sources${nearest(entry.source, Object.keys(named))}`,
        )
      }
      const defaults = written.defaults ?? {}
      const own = entry.mask === undefined ? [] : masks.ofTable(entry.mask, `${path}.mask`)
      const rules = [...(ofSources.get(entry.source) ?? []), ...own]
      const masked = <T>(config: T) => (rules.length === 0 ? config : { ...config, masks: rules })
      if (isWildcard(entry.table)) wildcards.push(masked(wildcard(entry, path, defaults, problems)))
      else tables.push(...single(entry, path, defaults, problems).map(masked))
    }
    problems.push(...clashes(tables))

    const limits = new Map<string, SourceLimits>()
    for (const [name, { concurrency = 1, queriesPerSecond }] of Object.entries(written.limits ?? {})) {
      limits.set(name, { concurrency, queriesPerSecond })
      if (written.sources !== undefined && !Object.hasOwn(named, name))
        problems.push(`limits.${name}: no source "${name}" in sources${nearest(name, Object.keys(named))}`)
    }
    if (written.replicas !== undefined) {
      problems.push(...replicasProblems(written.replicas, tables, wildcards.length > 0))
    }
    if (value === undefined || problems.length > 0) return invalidConfig(problems)
    const { budget, freshness, log = "json", replicas } = value
    return Effect.succeed({
      sources,
      types,
      tables: tables.map((table) => withLog(table, logs)),
      wildcards: wildcards.map((entry) => withLog(entry, logs)),
      mask: value.mask,
      limits,
      budget: toBudget(budget),
      freshness: freshness === undefined ? undefined : { deadline: toMillis(freshness.deadline ?? defaultDeadline) },
      log,
      logs,
      replicas: replicas === undefined ? undefined : toReplicas(replicas),
    })
  })

/** A table of a source whose log is read is looked at as often as the log, once it follows it. */
const withLog = <T extends { readonly source: string }>(table: T, logs: ReplicationConfig["logs"]): T => {
  const log = logs.get(table.source)
  return log === undefined ? table : { ...table, log }
}

const defaultDeadline = "2 seconds"

/** The error of a config in which something is wrong. */
export const invalidConfig = (problems: ReadonlyArray<string>): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message: problems.join("\n") }))

/** What is wrong with the names of the replica tables: SQLite's reserved ones, the project's own, and doubles. */
const clashes = (tables: ReadonlyArray<TableConfig>): ReadonlyArray<string> => {
  const first = new Map<string, TableConfig>()
  return tables.flatMap((table) => {
    const problem = nameProblem(table, first)
    return problem === undefined ? [] : [`${table.path}.into: ${problem}`]
  })
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

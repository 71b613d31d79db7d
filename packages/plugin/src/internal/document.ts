import { decodeConfig, invalidConfig, type ReplicationConfig } from "@starbase-replication/core/config"
import type { Connector, ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { StarbaseExternal } from "../Starbase.ts"

/** The name under which the instance's own external database is a source. */
const externalName = "external"

const connectorTypes: Readonly<Record<string, string>> = { postgresql: "postgres", mysql: "mysql" }

/** Secret names that no deployment can collide with: they are not valid names of environment variables. */
const externalSecrets = { url: "external database: connection string", password: "external database: password" }

/**
 * Checks the plugin's config. It is the document itself or its JSON text; the instance's external database, where it
 * has one, is added to its sources as `external`.
 */
export const loadConfig = (options: {
  readonly config: unknown
  readonly connectors: ReadonlyArray<Connector>
  readonly secrets: object
  readonly external: StarbaseExternal | undefined
}): Effect.Effect<ReplicationConfig, ConnectorError> =>
  Effect.suspend(() => {
    const document = typeof options.config === "string" ? parse(options.config) : { value: options.config }
    if ("problem" in document) return invalidConfig([document.problem])
    const secrets = new Map(Object.entries(options.secrets))
    const lookUp = (name: string): string | undefined => {
      if (name === externalSecrets.url) return options.external?.connectionString
      if (name === externalSecrets.password) return options.external?.password
      const value: unknown = secrets.get(name)
      return isHyperdrive(value) ? value.connectionString : typeof value === "string" ? value : undefined
    }
    return decodeConfig(withExternal(document.value, options.external), {
      connectors: options.connectors,
      secrets: lookUp,
    })
  })

/** A Hyperdrive binding stands for the connection string that it holds. */
const isHyperdrive = (value: unknown): value is { readonly connectionString: string } =>
  typeof value === "object" &&
  value !== null &&
  "connectionString" in value &&
  typeof value.connectionString === "string"

const parse = (text: string): { readonly value: unknown } | { readonly problem: string } => {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { problem: `document: is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

const withExternal = (document: unknown, external: StarbaseExternal | undefined): unknown => {
  if (typeof document !== "object" || document === null) return document
  const sources = "sources" in document ? document.sources : undefined
  if (sources !== undefined && (typeof sources !== "object" || sources === null)) return document
  if (external === undefined || Object.hasOwn(sources ?? {}, externalName)) return { sources: {}, ...document }
  return { ...document, sources: { ...sources, [externalName]: externalSource(external) } }
}

/** The source entry that means the instance's external database. */
const externalSource = (external: StarbaseExternal): Record<string, unknown> => {
  const type = connectorTypes[external.dialect] ?? external.dialect
  const schema =
    external.defaultSchema === undefined || external.defaultSchema === "" ? {} : { schema: external.defaultSchema }
  if (external.connectionString !== undefined) return { type, url: { secret: externalSecrets.url }, ...schema }
  return {
    type,
    host: external.host,
    ...(external.port === undefined ? {} : { port: Number(external.port) }),
    user: external.user,
    password: { secret: externalSecrets.password },
    database: external.database,
    ...(type === "postgres" ? schema : {}),
  }
}

import type { Env } from "./Env.ts"

/** The instance's own database at the other end, in StarbaseDB's shape. */
export type ExternalSource =
  | {
      readonly dialect: "postgresql" | "mysql"
      readonly host: string
      readonly port: number
      readonly user: string
      readonly password: string
      readonly database: string
      readonly defaultSchema?: string
    }
  | { readonly dialect: "postgresql"; readonly connectionString: string }

const defaultPorts = { postgresql: 5432, mysql: 3306 } as const

/**
 * Reads StarbaseDB's settings: the `HYPERDRIVE` binding, which goes first, or `EXTERNAL_DB_*`. A part that is left out
 * is an empty text, which the connector refuses by its name.
 */
export const externalSource = (env: Env): ExternalSource | undefined => {
  if (env.HYPERDRIVE?.connectionString) {
    return { dialect: "postgresql", connectionString: env.HYPERDRIVE.connectionString }
  }
  const dialect = env.EXTERNAL_DB_TYPE
  if (dialect !== "postgresql" && dialect !== "mysql") return undefined
  return {
    dialect,
    host: env.EXTERNAL_DB_HOST ?? "",
    port: Number(env.EXTERNAL_DB_PORT) || defaultPorts[dialect],
    user: env.EXTERNAL_DB_USER ?? "",
    password: env.EXTERNAL_DB_PASS ?? "",
    database: env.EXTERNAL_DB_DATABASE ?? "",
    ...(env.EXTERNAL_DB_DEFAULT_SCHEMA ? { defaultSchema: env.EXTERNAL_DB_DEFAULT_SCHEMA } : {}),
  }
}

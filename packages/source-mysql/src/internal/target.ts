import { ConnectorError, type Secrets, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Settings, Tls } from "../Settings.ts"

/** Where and how to connect; times in milliseconds. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password: Redacted.Redacted
  readonly tls: Tls
  /** Whether each transaction may find itself in another session. */
  readonly pooled: boolean
  readonly statementTimeout: number
  readonly connectTimeout: number
}

/** Makes out where to connect from the settings and the secrets that they name. */
export const makeTarget = (settings: Settings, secrets: Secrets): Effect.Effect<Target, ConnectorError> => {
  const timeouts = {
    statementTimeout: bounded(settings.statementTimeout ?? "30 seconds"),
    connectTimeout: bounded(settings.connectTimeout ?? "10 seconds"),
  }
  if (settings.url !== undefined) {
    const parsed = parseUrl(Redacted.value(secrets(settings.url)))
    if (typeof parsed === "string") {
      const message = `The secret ${settings.url.secret} ${parsed}`
      return Effect.fail(new ConnectorError({ code: "invalid-config", message, hint: urlHint }))
    }
    const tls = settings.tls ?? parsed.tls ?? defaultTls(parsed.host)
    return Effect.succeed({ ...parsed, tls, pooled: isHyperdrive(parsed.host), ...timeouts })
  }
  const { host = "localhost", port = 3306, user = "root", database = "", password } = settings
  return Effect.succeed({
    host,
    port,
    user,
    database,
    password: password === undefined ? Redacted.make("") : secrets(password),
    tls: settings.tls ?? defaultTls(host),
    pooled: isHyperdrive(host),
    ...timeouts,
  })
}

/** To the server 0 means no timeout, and neither it nor a timer knows more than 2^31 milliseconds. */
const bounded = (duration: string): number => Math.min(Math.max(Math.ceil(toMillis(duration)), 1), 1_000_000_000)

const urlHint =
  "It must read mysql://user:password@host:3306/database, special characters in a part percent-encoded (@ as %40)."

const isHyperdrive = (host: string): boolean => /\.hyperdrive\.local$/i.test(host)

/** Nothing between this process and the server can listen in here. */
const defaultTls = (host: string): Tls =>
  isHyperdrive(host) || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host) ? "disable" : "require"

const sslModes = new Map<string, Tls>(
  Object.entries({
    disabled: "disable",
    preferred: "prefer",
    required: "require",
    verify_ca: "verify",
    verify_identity: "verify",
  } satisfies Record<string, Tls>),
)

type Parsed = Omit<Target, "tls" | "pooled" | "statementTimeout" | "connectTimeout"> & { readonly tls: Tls | undefined }

/** The parts of a URL, or what is wrong with it, in words that show none of it. */
const parseUrl = (text: string): Parsed | string => {
  let parts: ReadonlyArray<string>
  let url: URL
  try {
    url = new URL(text)
    parts = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)
  } catch {
    return "is not a MySQL URL"
  }
  const [host = "", user = "", password = "", database = ""] = parts
  if (url.protocol !== "mysql:" && url.protocol !== "mariadb:") return "is not a MySQL URL"
  if (host === "") return "is a URL without a host"
  if (user === "") return "is a URL without a user"
  if (database === "") return "is a URL without a database"
  const mode = url.searchParams.get("ssl-mode")
  const tls = mode === null ? undefined : sslModes.get(mode.toLowerCase())
  if (mode !== null && tls === undefined) return `is a URL whose ssl-mode is none of ${[...sslModes.keys()].join(", ")}`
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 3306 : Number(url.port),
    user,
    database,
    password: Redacted.make(password),
    tls,
  }
}

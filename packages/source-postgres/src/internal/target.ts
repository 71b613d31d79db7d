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
    return Effect.succeed({ ...parsed, tls: settings.tls ?? parsed.tls ?? defaultTls(parsed.host), ...timeouts })
  }
  const { host = "localhost", port = 5432, user = "postgres", database = user, password } = settings
  return Effect.succeed({
    host,
    port,
    user,
    database,
    password: password === undefined ? Redacted.make("") : secrets(password),
    tls: settings.tls ?? defaultTls(host),
    ...timeouts,
  })
}

/** To the server 0 means no timeout, and neither it nor a timer knows more than 2^31 milliseconds. */
const bounded = (duration: string): number => Math.min(Math.max(Math.ceil(toMillis(duration)), 1), 1_000_000_000)

const urlHint =
  "It must read postgres://user:password@host:5432/database, special characters in a part percent-encoded (@ as %40)."

/** Nothing between this process and the server can listen in here. */
const defaultTls = (host: string): Tls =>
  /^(?:localhost|127(?:\.\d+){3}|::1|.*\.hyperdrive\.local)$/i.test(host) ? "disable" : "require"

const sslModes = new Map<string, Tls>(
  Object.entries({
    disable: "disable",
    allow: "prefer",
    prefer: "prefer",
    require: "require",
    "verify-ca": "verify",
    "verify-full": "verify",
  } satisfies Record<string, Tls>),
)

type Parsed = Omit<Target, "tls" | "statementTimeout" | "connectTimeout"> & { readonly tls: Tls | undefined }

/** The parts of a URL, or what is wrong with it, in words that show none of it. */
const parseUrl = (text: string): Parsed | string => {
  let parts: ReadonlyArray<string>
  let url: URL
  try {
    url = new URL(text)
    parts = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)
  } catch {
    return "is not a PostgreSQL URL"
  }
  const [host = "", user = "", password = "", database = ""] = parts
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return "is not a PostgreSQL URL"
  if (host === "") return "is a URL without a host"
  if (user === "") return "is a URL without a user"
  const mode = url.searchParams.get("sslmode")
  const tls = mode === null ? undefined : sslModes.get(mode)
  if (mode !== null && tls === undefined) return `is a URL whose sslmode is none of ${[...sslModes.keys()].join(", ")}`
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    database: database === "" ? user : database,
    password: Redacted.make(password),
    tls,
  }
}

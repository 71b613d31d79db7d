import { ConnectorError, type Secrets, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AddressForm, AddressSettings, Tls } from "./AddressSettings.ts"

/** Where and how to connect to a server; times in milliseconds. */
export interface ServerAddress {
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
export const makeAddress = (
  form: AddressForm,
  settings: AddressSettings,
  secrets: Secrets,
): Effect.Effect<ServerAddress, ConnectorError> => {
  const timeouts = {
    statementTimeout: bounded(settings.statementTimeout ?? "30 seconds"),
    connectTimeout: bounded(settings.connectTimeout ?? "10 seconds"),
  }
  if (settings.url !== undefined) {
    const parsed = parseUrl(form, Redacted.value(secrets(settings.url)))
    if (typeof parsed === "string") {
      const message = `The secret ${settings.url.secret} ${parsed}`
      return Effect.fail(new ConnectorError({ code: "invalid-config", message, hint: urlHint(form) }))
    }
    return Effect.succeed({ ...parsed, tls: settings.tls ?? parsed.tls ?? defaultTls(parsed.host), ...timeouts })
  }
  const { host = "localhost", port = form.port, user = "", database = user, password } = settings
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

const urlHint = ({ protocols: [protocol], port }: AddressForm): string =>
  `It must read ${protocol}://user:password@host:${port}/database, special characters in a part percent-encoded (@ as %40).`

/** Whether a host is Hyperdrive's, where each transaction may find itself in another session. */
export const isHyperdrive = (host: string): boolean => /\.hyperdrive\.local$/i.test(host)

/** Nothing between this process and the server can listen in here. */
const defaultTls = (host: string): Tls =>
  isHyperdrive(host) || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host) ? "disable" : "require"

type Parsed = Omit<ServerAddress, "tls" | "statementTimeout" | "connectTimeout"> & { readonly tls: Tls | undefined }

/** The parts of a URL, or what is wrong with it, in words that show none of it. */
const parseUrl = (form: AddressForm, text: string): Parsed | string => {
  const other = `is not a ${form.name} URL`
  let parts: ReadonlyArray<string>
  let url: URL
  try {
    url = new URL(text)
    parts = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)
  } catch {
    return other
  }
  const [host = "", user = "", password = "", database = ""] = parts
  if (!form.protocols.some((protocol) => url.protocol === `${protocol}:`)) return other
  if (host === "") return "is a URL without a host"
  if (user === "") return "is a URL without a user"
  if (database === "" && form.needsDatabase) return "is a URL without a database"
  const values = new Map(Object.entries(form.tlsValues))
  const value = url.searchParams.get(form.tlsParameter)
  const tls = value === null ? undefined : values.get(value.toLowerCase())
  if (value !== null && tls === undefined) {
    return `is a URL whose ${form.tlsParameter} is none of ${[...values.keys()].join(", ")}`
  }
  return {
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? form.port : Number(url.port),
    user,
    database: database === "" ? user : database,
    password: Redacted.make(password),
    tls,
  }
}

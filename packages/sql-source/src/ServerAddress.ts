import { ConnectorError, type Secrets, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AddressForm, AddressSettings, Tls } from "./AddressSettings.ts"
import { isWorker } from "./Runtime.ts"
import { type Recipe, recipeOf, recipeUrl } from "./hosts.ts"
import { hyperdriveHint, isPrivateHost } from "./tlsHints.ts"

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
  /** Parameters of the URL that have no effect. */
  readonly ignored: ReadonlyArray<string>
}

/** Makes out where to connect from the settings and the secrets that they name. */
export const makeAddress = (
  form: AddressForm,
  settings: AddressSettings,
  secrets: Secrets,
  inWorker = isWorker(),
): Effect.Effect<ServerAddress, ConnectorError> => {
  if (inWorker && typeof settings.tls === "object") {
    return Effect.fail(
      new ConnectorError({
        code: "invalid-config",
        message:
          "tls: a Worker knows no authority but the public ones, so that it would not hold the server to this ca",
        hint: `${hyperdriveHint(form)} Where a public authority has signed the certificate, set tls to "verify".`,
      }),
    )
  }
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
    ignored: [],
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

/** How libpq asks for the public authorities, which a verified connection asks anyway. */
const isSystemRoot = (name: string, value: string | null): boolean => name === "sslrootcert" && value === "system"

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
  // A password that is not encoded may end in what looks like parameters, whose names are told.
  if (url.hash !== "" || url.search.includes("@")) return other
  if (host === "") return "is a URL without a host"
  if (user === "") return "is a URL without a user"
  if (database === "" && form.needsDatabase) return "is a URL without a database"
  const values = new Map(Object.entries(form.tlsValues))
  const value = url.searchParams.get(form.tlsParameter)
  const tls = value === null ? undefined : values.get(value.toLowerCase())
  if (value !== null && tls === undefined) {
    return `is a URL whose ${form.tlsParameter} is none of ${[...values.keys()].join(", ")}`
  }
  const others = [...new Set(url.searchParams.keys())].filter(
    (name) => name !== form.tlsParameter && !(tls === "verify" && isSystemRoot(name, url.searchParams.get(name))),
  )
  const refused = others.filter((name) => /^(?:ssl|tls)/i.test(name))
  if (refused.length > 0) {
    return `is a URL with ${refused.join(", ")}, where ${form.tlsParameter} alone says how to encrypt; take the rest out`
  }
  return {
    ignored: others,
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? form.port : Number(url.port),
    user,
    database: database === "" ? user : database,
    password: Redacted.make(password),
    tls,
  }
}

/** What of a URL has no effect, what is open to others, and what is known of the host, for `check` to tell. */
export const noticesOf = ({ host, ignored, tls }: ServerAddress): ReadonlyArray<string> => {
  const recipe = recipeOf(host)
  const isOpen = tls === "disable" && !isHyperdrive(host) && !isPrivateHost(host)
  return [
    ...ignored.map((name) => `The url's parameter ${name} has no effect here.`),
    ...(isOpen ? ["Nothing is encrypted: the password and all rows are open to the network between."] : []),
    ...(recipe === undefined
      ? []
      : [[`${host} is at ${recipe.name}.`, ...hostNotes(recipe, isOpen), recipeUrl(recipe)].join(" ")]),
  ]
}

const hostNotes = ({ reach, mind }: Recipe, isOpen: boolean): ReadonlyArray<string> => [
  ...(isOpen ? [reach] : []),
  ...(mind === undefined ? [] : [mind]),
]

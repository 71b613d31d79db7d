import * as Effect from "effect/Effect"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Redacted from "effect/Redacted"
import { Failed } from "../exit.ts"

/** The kinds of sources, as a config names them. */
export const sourceTypes = ["postgres", "mysql", "supabase", "starbase", "libsql"] as const
export type SourceType = (typeof sourceTypes)[number]

/** A database that was named: its entry in the config, and the secret that the entry names. */
export interface Database {
  readonly name: string
  readonly type: SourceType
  readonly entry: Readonly<Record<string, unknown>>
  readonly secret: string
  readonly value: Redacted.Redacted
}

/** How a database is named. Its secret is no argument: only where it stands in the environment is. */
export interface Naming {
  readonly name: string
  readonly secret: string
  readonly type: SourceType | undefined
  /** The address of a source that is asked over HTTP, whose secret is a key or token. */
  readonly address: string | undefined
}

/** Finds the database that is meant, asking for its secret where the environment has none and somebody can answer. */
export const findDatabase = Effect.fnUntraced(function* ({ address, name, secret, type: given }: Naming) {
  const byAddress = address === undefined ? undefined : typeOfUrl(address)
  const value = yield* findSecret(
    secret,
    address === undefined ? "The database's URL, which is not shown" : "Its key or token, which is not shown",
  )
  const type = given ?? byAddress ?? typeOfUrl(Redacted.value(value))
  if (type === undefined) {
    return yield* new Failed({
      exit: "usage",
      message: `What ${secret} holds does not tell which database it is.`,
      hint: `It is to hold postgres://… or mysql://…; else give --type ${sourceTypes.join(" or ")}, and --address for one that is asked over HTTP.`,
    })
  }
  if (address === undefined && !hasUrlAlone(type)) {
    return yield* new Failed({
      exit: "usage",
      message: `A source of type ${type} needs --address https://…; ${secret} holds its key or token.`,
    })
  }
  return { name, type, secret, value, entry: entryOf(type, secret, address) } satisfies Database
})

const typeOfUrl = (text: string): SourceType | undefined => {
  if (!URL.canParse(text)) return undefined
  const { hostname, protocol } = new URL(text)
  if (/^postgres(?:ql)?:$/.test(protocol)) return "postgres"
  if (/^(?:mysql|mariadb):$/.test(protocol)) return "mysql"
  if (protocol === "libsql:" || hostname.endsWith(".turso.io")) return "libsql"
  return hostname.endsWith(".supabase.co") ? "supabase" : undefined
}

const hasUrlAlone = (type: SourceType): boolean => type === "postgres" || type === "mysql"

const entryOf = (type: SourceType, secret: string, address: string | undefined): Database["entry"] => {
  if (address === undefined) return { type, url: { secret } }
  return { type, url: address, [type === "supabase" ? "key" : "token"]: { secret } }
}

const findSecret = Effect.fnUntraced(function* (name: string, message: string) {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return yield* new Failed({
      exit: "usage",
      message: "--secret is the name of an environment variable, not the secret itself.",
      hint: "Arguments can be read by every user of a machine. Set a variable, and name it: --secret DATABASE_URL",
    })
  }
  const value = process.env[name]
  if (value !== undefined && value !== "") return Redacted.make(value)
  if (!(yield* TerminalCapabilities).canPrompt) {
    return yield* new Failed({
      exit: "mustAsk",
      message: `${name} is not set in the environment, and nobody is there to ask.`,
      hint: `Set ${name} to the database's URL, or name another variable with --secret.`,
    })
  }
  return Redacted.make(Redacted.value(yield* Prompt.run(Prompt.Hidden({ message }))).trim())
})

import { ConnectorError, type Secrets, toMillis, urlProblem } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Settings, urlIs } from "../Settings.ts"

/** Where the API is and what the key may see; times in milliseconds. */
export interface Target {
  readonly url: string
  readonly key: Redacted.Redacted
  /** What to call the API in messages: its host, unless the URL is a secret. */
  readonly label: string
  readonly schema: string
  readonly requestTimeout: number
  /** Whether row level security hides nothing from the key. */
  readonly seesAllRows: boolean
}

/** Makes out where the API is from the settings and the secrets that they name. */
export const makeTarget = (settings: Settings, secrets: Secrets): Effect.Effect<Target, ConnectorError> => {
  const isSecret = typeof settings.url !== "string"
  const text = (typeof settings.url === "string" ? settings.url : Redacted.value(secrets(settings.url))).trim()
  const problem = urlProblem(text, urlIs)
  if (problem !== undefined) {
    return invalid(
      typeof settings.url === "string" ? `url: ${problem}` : `The secret ${settings.url.secret} ${problem}`,
    )
  }
  // A header cannot hold anything else, and what it says then could show the key.
  const key = Redacted.value(secrets(settings.key)).trim()
  if (!/^[\x21-\x7e]+$/.test(key)) return invalid(`The secret ${settings.key.secret} is no API key`)

  const url = text.replace(/\/+$/, "").replace(/\/rest\/v1$/, "")
  return Effect.succeed({
    url,
    key: Redacted.make(key),
    label: isSecret ? "The API" : new URL(url).host,
    schema: settings.schema ?? "public",
    requestTimeout: toMillis(settings.requestTimeout ?? "30 seconds"),
    seesAllRows: settings.seesAllRows ?? bypassesRowSecurity(key),
  })
}

const invalid = (message: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message }))

const Claims = Schema.fromJsonString(Schema.Struct({ role: Schema.String }))
const decodeClaims = Schema.decodeUnknownOption(Claims)

/** Secret keys, and the older service_role tokens, have a role that row level security does not bind. */
const bypassesRowSecurity = (key: string): boolean => {
  if (key.startsWith("sb_")) return key.startsWith("sb_secret_")
  const [, payload = ""] = key.split(".")
  try {
    const claims = decodeClaims(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))
    return Option.isSome(claims) && claims.value.role === "service_role"
  } catch {
    return false
  }
}

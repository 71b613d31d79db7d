import { ConnectorError, type Secrets, toMillis, urlProblem } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Settings, urlIs } from "../Settings.ts"

/** Where the hub is; times in milliseconds. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: Redacted.Redacted
  readonly tenant: string | undefined
  /** What to call the hub in messages: its host, unless the URL is a secret. */
  readonly label: string
  readonly requestTimeout: number
}

/** Makes out where the hub is from the settings and the secrets that they name. */
export const makeTarget = (settings: Settings, secrets: Secrets): Effect.Effect<Target, ConnectorError> => {
  const { url: given, tenant } = settings
  const text = (typeof given === "string" ? given : Redacted.value(secrets(given))).trim()
  const problem = urlProblem(text, urlIs)
  if (problem !== undefined) {
    return invalid(typeof given === "string" ? `url: ${problem}` : `The secret ${given.secret} ${problem}`)
  }
  // A header cannot hold anything else, and what it says then could show the token.
  const token = Redacted.value(secrets(settings.token)).trim()
  if (!/^[\x20-\x7e]+$/.test(token)) return invalid(`The secret ${settings.token.secret} is no token`)
  return Effect.succeed({
    url: text.replace(/\/+$/, ""),
    token: Redacted.make(token),
    tenant,
    label: typeof given === "string" ? new URL(text).host : "The hub",
    requestTimeout: toMillis(settings.requestTimeout ?? "30 seconds"),
  })
}

const invalid = (message: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message }))

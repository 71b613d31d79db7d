import { ConnectorError, type Secrets, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Settings } from "../Settings.ts"
import { httpUrl, urlProblem } from "./url.ts"

/** Where the database is; times in milliseconds. */
export interface Target {
  readonly url: string
  readonly token: Redacted.Redacted | undefined
  /** What to call the database in messages: its host, unless the URL is a secret. */
  readonly label: string
  readonly requestTimeout: number
}

/** Makes out where the database is from the settings and the secrets that they name. */
export const makeTarget = (settings: Settings, secrets: Secrets): Effect.Effect<Target, ConnectorError> => {
  const { url: given, token: named } = settings
  const text = (typeof given === "string" ? given : Redacted.value(secrets(given))).trim()
  const problem = urlProblem(text)
  if (problem !== undefined) {
    return invalid(typeof given === "string" ? `url: ${problem}` : `The secret ${given.secret} ${problem}`)
  }
  const token = named === undefined ? undefined : Redacted.value(secrets(named)).trim()
  // A header cannot hold anything else, and what it says then could show the token.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) return invalid(`The secret ${named?.secret} is no token`)
  const url = httpUrl(text)
  return Effect.succeed({
    url,
    token: token === undefined ? undefined : Redacted.make(token),
    label: typeof given === "string" ? new URL(url).host : "The database",
    requestTimeout: toMillis(settings.requestTimeout ?? "30 seconds"),
  })
}

const invalid = (message: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message }))

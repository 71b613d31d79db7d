import { ConnectorError, type Secrets, toMillis } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Settings } from "../Settings.ts"

/** Where the instance is; times in milliseconds. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string
  readonly token: Redacted.Redacted
  /** What to call the instance in messages: its host, unless the URL is a secret. */
  readonly label: string
  readonly requestTimeout: number
}

/** What is wrong with an instance's URL, in words that show none of it. */
export const urlProblem = (text: string): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return "must be the URL of the instance, such as https://hub.example.workers.dev"
  }
  if (url.username !== "" || url.password !== "") return "must hold no user and no password"
  if (url.search !== "" || url.hash !== "") return "must have nothing after its path"
  return undefined
}

/** Makes out where the instance is from the settings and the secrets that they name. */
export const makeTarget = (settings: Settings, secrets: Secrets): Effect.Effect<Target, ConnectorError> => {
  const { url: given } = settings
  const text = (typeof given === "string" ? given : Redacted.value(secrets(given))).trim()
  const problem = urlProblem(text)
  if (problem !== undefined) {
    return invalid(typeof given === "string" ? `url: ${problem}` : `The secret ${given.secret} ${problem}`)
  }
  // A header cannot hold anything else, and what it says then could show the token.
  const token = Redacted.value(secrets(settings.token)).trim()
  if (!/^[\x20-\x7e]+$/.test(token)) return invalid(`The secret ${settings.token.secret} is no token`)
  return Effect.succeed({
    url: text.replace(/\/+$/, "").replace(/\/query$/, ""),
    token: Redacted.make(token),
    label: typeof given === "string" ? new URL(text).host : "The instance",
    requestTimeout: toMillis(settings.requestTimeout ?? "30 seconds"),
  })
}

const invalid = (message: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "invalid-config", message }))

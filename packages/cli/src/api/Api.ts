import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Failed } from "../exit.ts"
import { clean, cleanLines } from "../print/clean.ts"
import { type ErrorAnswer, ErrorAnswer as ErrorSchema } from "./answers.ts"
import { findTarget, type InstanceOptions, type Target } from "./target.ts"

/** An answer with a result. */
export interface Answer {
  readonly status: number
  readonly result: unknown
  /** What the answer says of itself, where something in it failed. */
  readonly error: string | undefined
  readonly headers: Headers
}

export interface Request {
  readonly method?: "GET" | "POST"
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks one instance. A request that fails as a whole is a {@link Failed} with the right status and words. */
export interface Api {
  readonly url: URL
  /** The answer in StarbaseDB's form. */
  readonly ask: (path: string, request?: Request) => Effect.Effect<Answer, Failed>
  /** The answer's body as it is. */
  readonly text: (path: string) => Effect.Effect<string, Failed>
}

/** Opens the instance that the flags and the environment name. */
export const openApi = (options: InstanceOptions) => Effect.map(findTarget(options), makeApi)

export const makeApi = ({ url, token }: Target): Api => {
  const send = (path: string, { method = "GET", query = {}, body, headers = {} }: Request) =>
    Effect.tryPromise({
      try: async (signal) => {
        const address = new URL(path, url)
        for (const [name, value] of Object.entries(query)) {
          if (value !== undefined) address.searchParams.set(name, value)
        }
        const response = await fetch(address, {
          method,
          headers: {
            Authorization: `Bearer ${Redacted.value(token)}`,
            "Content-Type": "application/json",
            ...headers,
          },
          // No redirection is followed: the token is for this address alone.
          redirect: "manual",
          signal,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        return { response, text: await response.text() }
      },
      catch: (error) => noAnswer(url, reasonOf(error)),
    })

  const text = (path: string) =>
    Effect.flatMap(send(path, {}), ({ response, text }) =>
      response.ok ? Effect.succeed(text) : Effect.flatMap(parse(url, response, text), () => Effect.succeed(text)),
    )

  const ask = (path: string, request: Request = {}) =>
    Effect.flatMap(send(path, request), ({ response, text }) => parse(url, response, text))
  return { url, ask, text }
}

const Envelope = Schema.Struct({
  result: Schema.optional(Schema.Unknown),
  error: Schema.optional(Schema.NullOr(Schema.String)),
})
const decodeEnvelope = Schema.decodeUnknownOption(Envelope)
const decodeFailure = Schema.decodeUnknownOption(Schema.Struct({ error: ErrorSchema }))

/** An answer, or the failure that it stands for. */
const parse = (url: URL, { status, headers }: Response, text: string): Effect.Effect<Answer, Failed> => {
  if (status >= 300 && status < 400) {
    return Effect.fail(noAnswer(url, `it sends elsewhere, to ${clean(headers.get("Location") ?? "?")}`))
  }
  const envelope = Option.flatMap(parseJson(text), decodeEnvelope)
  const { result, error = undefined } = Option.getOrElse(envelope, (): typeof Envelope.Type => ({}))
  const words = error ?? undefined
  // A wrong token is answered 400, in StarbaseDB's words, which no code tells from a wrong parameter.
  if (status === 401 || status === 403 || (status === 400 && words === "Unauthorized request")) {
    const known = words === undefined || status !== 403 ? "The token was refused." : cleanLines(words)
    return Effect.fail(
      new Failed({ exit: "refused", message: known, hint: "Everything but query needs the admin's token." }),
    )
  }
  if (Option.isNone(envelope) || (result === undefined && words === undefined)) {
    return Effect.fail(noAnswer(url, `status ${status}, and not in the form of a replication instance`))
  }
  const failure = Option.getOrUndefined(decodeFailure(result))
  if (failure !== undefined) return Effect.fail(failureOf(failure.error))
  if (result === undefined) return Effect.fail(withoutResult(status, words ?? ""))
  return Effect.succeed({ status, result, error: words, headers })
}

const parseJson = (text: string): Option.Option<unknown> => {
  try {
    return Option.some(JSON.parse(text))
  } catch {
    return Option.none()
  }
}

/** A request that failed as a whole. */
const failureOf = (error: ErrorAnswer): Failed => {
  const hint = hintOf(error)
  return new Failed({
    exit: "trouble",
    message: `${clean(error.code)}: ${cleanLines(error.message)}`,
    ...(hint === undefined ? {} : { hint: clean(hint) }),
  })
}

/** What the instance says in words alone: of its own, a wrong request; above 500 something else. */
const withoutResult = (status: number, words: string): Failed =>
  new Failed({ exit: status >= 500 ? "trouble" : "usage", message: cleanLines(words || `Status ${status}.`) })

/** The hint without the route that does what it says: the command for it is named in its place. */
export const hintOf = ({ action, hint }: ErrorAnswer): string | undefined => {
  if (hint === undefined || hint === null) return undefined
  return action === undefined || action === null ? hint : hint.replace(/ (?:Then )?POST \/replicate\/\S+ [^.]*\.$/, "")
}

const noAnswer = (url: URL, why: string): Failed =>
  new Failed({
    exit: "noAnswer",
    message: `No answer of a replication instance at ${url.href}: ${why}.`,
    hint: "Check the address, and that the instance runs.",
  })

const reasonOf = (error: unknown): string => {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly message?: string } }
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error))
}

/** A table's name in a path. `/replicate/ui` is the page's path, which StarbaseDB may keep for it. */
export const tablePath = (table: string, operation?: string): string => {
  const name = table === "ui" ? "%75i" : encodeURIComponent(table)
  return `replicate/${name}${operation === undefined ? "" : `/${operation}`}`
}

/** Reads a result; one that is not understood may be of another release. */
export const decodeAs =
  <S extends Schema.ConstraintDecoder<unknown>>(schema: S) =>
  (result: unknown): Effect.Effect<S["Type"], Failed> =>
    Effect.mapError(
      Schema.decodeUnknownEffect(schema)(result),
      () =>
        new Failed({
          exit: "noAnswer",
          message: "The instance answers in a form that this release does not know.",
          hint: "Use the release of the instance, or --json.",
        }),
    )

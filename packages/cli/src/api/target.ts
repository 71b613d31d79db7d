import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import { Failed } from "../exit.ts"
import { note } from "../print/out.ts"

/** The flags of every command that asks an instance. A token is none: arguments can be read by every user of a machine. */
export const instanceFlags = {
  url: Flag.String("url").pipe(
    Flag.withMetavar("<address>"),
    Flag.withDescription("The instance; else REPLICATION_URL"),
    Flag.optional,
  ),
  tokenFile: Flag.String("token-file").pipe(
    Flag.withMetavar("<file>"),
    Flag.withDescription("Take the token from a file; else REPLICATION_TOKEN, or you are asked"),
    Flag.optional,
  ),
  tokenStdin: Flag.Boolean("token-stdin").pipe(
    Flag.withDescription("Take the token from stdin"),
    Flag.withDefault(false),
    Flag.withoutNegation,
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print the instance's answer as one line of JSON"),
    Flag.withDefault(false),
    Flag.withoutNegation,
  ),
} as const

/** What {@link instanceFlags} give. */
export interface InstanceOptions {
  readonly url: Option.Option<string>
  readonly tokenFile: Option.Option<string>
  readonly tokenStdin: boolean
  readonly json: boolean
}

/** An instance and the token for it. */
export interface Target {
  readonly url: URL
  readonly token: Redacted.Redacted
}

/** Finds out which instance is meant and with which token, asking for the latter where somebody can answer. */
export const findTarget = Effect.fnUntraced(function* ({ url: given, ...options }: InstanceOptions) {
  const url = yield* readUrl(Option.getOrUndefined(given) ?? process.env["REPLICATION_URL"])
  if (isInClear(url)) yield* note(`Warning: the token goes to ${url.host} unencrypted; use https.`)
  const token = yield* findToken(options)
  if (!/^[\u0020-\u007e\u0080-\u00ff]+$/.test(Redacted.value(token))) {
    return yield* new Failed({ exit: "usage", message: "The token is empty, or holds what no HTTP header can carry." })
  }
  return { url, token } satisfies Target
})

const readUrl = (text: string | undefined): Effect.Effect<URL, Failed> => {
  const wrong = (message: string, hint?: string) =>
    Effect.fail(new Failed({ exit: "usage", message, ...(hint === undefined ? {} : { hint }) }))
  if (text === undefined || text === "") {
    return wrong("Which instance?", "Set REPLICATION_URL, or give --url https://YOUR-INSTANCE.")
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return wrong(`"${text}" is no address such as https://YOUR-INSTANCE.`)
  }
  if (url.username !== "" || url.password !== "") {
    return wrong("The address holds a user or password.", "Give the token by REPLICATION_TOKEN or --token-file.")
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/"
  return Effect.succeed(url)
}

const isInClear = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && !/^(?:localhost|127\.[\d.]+|\[::1\]|.+\.localhost)$/.test(hostname)

const findToken = Effect.fnUntraced(function* (options: Pick<InstanceOptions, "tokenFile" | "tokenStdin">) {
  if (options.tokenStdin) return Redacted.make(firstLine(yield* readStdin))
  if (Option.isSome(options.tokenFile)) {
    const path = options.tokenFile.value
    const text = yield* (yield* FileSystem.FileSystem)
      .readFileString(path)
      .pipe(Effect.mapError(() => new Failed({ exit: "usage", message: `The file ${path} cannot be read.` })))
    return Redacted.make(firstLine(text))
  }
  const fromEnvironment = process.env["REPLICATION_TOKEN"]
  if (fromEnvironment !== undefined && fromEnvironment !== "") return Redacted.make(fromEnvironment.trim())
  if (!(yield* TerminalCapabilities).canPrompt) {
    return yield* new Failed({
      exit: "mustAsk",
      message: "There is no token, and nobody to ask for it.",
      hint: "Set REPLICATION_TOKEN, or give --token-file or --token-stdin.",
    })
  }
  const answered = yield* Prompt.run(Prompt.Hidden({ message: "Token" }))
  return Redacted.make(Redacted.value(answered).trim())
})

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").trim()

/** All of stdin. */
export const readStdin: Effect.Effect<string> = Effect.promise(async () => {
  const chunks: Array<Buffer> = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString("utf8")
})

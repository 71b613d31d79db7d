import { readFile } from "node:fs/promises"
import { decodeConfig } from "@starbase-replication/core/config"
import type { Connector } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser"
import { UserError } from "./fail.ts"

/** A replication document that was checked, with the secrets that it names. */
export interface LoadedDocument {
  readonly document: unknown
  readonly secrets: Readonly<Record<string, string>>
}

const read = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(`${path}: ${code === "ENOENT" ? "no such file" : `cannot be read (${code})`}`)
  }
}

/** Where and why a text is not JSON, as `path:line:column: reason`. */
const locate = (text: string, path: string): string => {
  const errors: Array<ParseError> = []
  parse(text, errors, { disallowComments: true, allowEmptyContent: false })
  const [first] = errors
  if (first === undefined) return `${path}: not JSON`
  const before = text.slice(0, first.offset).split("\n")
  const reason = printParseErrorCode(first.error).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return `${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: not JSON: ${reason}`
}

/**
 * Reads a replication document and checks it as the Worker will. Only secrets that it names are taken from `env`; those
 * that are not set are all told at once.
 */
export const loadDocument = async (
  path: string,
  connectors: ReadonlyArray<Connector>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedDocument> => {
  const text = await read(path)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new UserError(locate(text, path))
  }
  const secrets = new Map<string, string>()
  const missing = new Set<string>()
  const lookUp = (name: string): string | undefined => {
    const value = env[name]
    if (value) secrets.set(name, value)
    else missing.add(name)
    return value
  }
  const decoded = Effect.runSync(Effect.result(decodeConfig(document, { connectors, secrets: lookUp })))
  if (Result.isSuccess(decoded)) return { document, secrets: Object.fromEntries(secrets) }
  const advice = missing.size === 0 ? "" : `\nSet in the environment: ${[...missing].join(", ")}`
  throw new UserError(`${path} is not right:\n${decoded.failure.message.replaceAll(/^/gm, "  ")}${advice}`)
}

import { errnoOf, parseRetryAfter } from "@starbase-replication/core/source"
import { lastRowEnd } from "./answer.ts"
import type { Failure } from "./errors.ts"

/** Thrown by the fetch that {@link makeFetch} makes, in place of whatever the runtime throws. */
export class FetchFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

/** What a fetch that {@link makeFetch} made has read. */
export interface Report {
  /** The body, up to the last row that was taken. */
  text: string
  /** Bytes of the body, as far as it was read. */
  bytes: number
  /** Characters of the same. */
  characters: number
}

/** What to ask for, and how much to take. */
export interface FetchOptions {
  /** Takes the place of the URL's query. */
  readonly search?: string
  /** About how many characters of rows to take: at least one row, whatever its length. */
  readonly maxCharacters: number
  readonly report: Report
}

/** An answer is given up when it is longer than this and its first row has not ended yet. */
const maxBody = 32_000_000

/** More of a report of an error is not read. */
const maxErrorBody = 20_000

/**
 * Makes a fetch for one request, which either succeeds or throws a {@link FetchFailure}: supabase-js reads some failures as
 * an empty answer. The body is in the report alone, because supabase-js would parse it. It follows no redirection, which
 * would send the key elsewhere.
 */
export const makeFetch =
  ({ search, maxCharacters, report }: FetchOptions): typeof fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (search !== undefined) url.search = search
    const response = await fetch(url, { ...init, redirect: "manual" }).catch(rethrow)
    if (response.status !== 200 && response.status !== 206) throw new FetchFailure(await readFailure(response))
    report.text = await readRows(response, maxCharacters, report).catch(rethrow)
    return new Response("[]")
  }

const rethrow = (error: unknown): never => {
  throw error instanceof FetchFailure ? error : new FetchFailure({ kind: "network", code: errnoOf(error) })
}

/** How much to read at once, in bytes: in Workers, a reader that brings no buffer of its own gets 4 kB at a time. */
const chunkBytes = 65_536

const chunksOf = async function* (response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader({ mode: "byob" })
  if (reader === undefined) return
  try {
    while (true) {
      const { done, value } = await reader.read(new Uint8Array(chunkBytes))
      if (done) return
      yield value
    }
  } finally {
    // A body that was read to its end, or that failed, has nothing to cancel.
    reader.cancel().catch(() => {})
  }
}

const readRows = async (response: Response, maxCharacters: number, report: Report): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ""
  let bound = Math.min(maxCharacters, maxBody)
  for await (const chunk of chunksOf(response)) {
    report.bytes += chunk.length
    text += decoder.decode(chunk, { stream: true })
    if (text.length <= bound) continue
    const end = lastRowEnd(text)
    if (end > 0) {
      report.characters = text.length
      return `${text.slice(0, end)}]`
    }
    if (text.length > maxBody) {
      throw new FetchFailure({ kind: "answer", problem: `sent more than ${maxBody / 1e6} MB without the end of a row` })
    }
    bound = Math.min(bound * 2, maxBody)
  }
  text += decoder.decode()
  report.characters = text.length
  return text
}

const readFailure = async (response: Response): Promise<Failure> => {
  let body = ""
  const decoder = new TextDecoder()
  try {
    for await (const chunk of chunksOf(response)) {
      body += decoder.decode(chunk, { stream: true })
      if (body.length > maxErrorBody) break
    }
  } catch {
    // The status says enough.
  }
  return {
    kind: "status",
    status: response.status,
    ...reported(body),
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
  }
}

const reported = (body: string): { readonly code: string | undefined; readonly message: string | undefined } => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = undefined
  }
  const field = (name: string): string | undefined => {
    if (typeof parsed !== "object" || parsed === null) return undefined
    const value: unknown = Reflect.get(parsed, name)
    return typeof value === "string" ? value : undefined
  }
  return { code: field("code"), message: field("message") }
}

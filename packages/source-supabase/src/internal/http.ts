import { errnoOf, type NoAnswer, parseRetryAfter } from "@starbase-replication/core/source"
import { lastRowEnd } from "./answer.ts"

/** What came of one request, as the fetch that {@link makeFetch} makes notes it. */
export interface Report {
  /** 0 where no answer came. */
  status: number
  /** Milliseconds that the answer asks to wait. */
  retryAfter: number | undefined
  /** Why there is no body, or only a part of one. */
  failure: NoAnswer | undefined
  /** The body of an answer that holds what was asked for: up to the last row that was taken, or whole. */
  text: string
  /** Bytes of the body, as far as it was read. */
  bytes: number
  /** Characters of the same. */
  characters: number
  /** How many rows there are in all, where the answer says so. */
  total: number | undefined
  /** Whether the body was read to its end. */
  isWhole: boolean
}

export const emptyReport = (): Report => ({
  status: 0,
  retryAfter: undefined,
  failure: undefined,
  text: "",
  bytes: 0,
  characters: 0,
  total: undefined,
  isWhole: false,
})

/** Whether an answer of this status holds what was asked for. */
export const isAnswer = (status: number): boolean => status === 200 || status === 206

/** Of what the body of an answer is to be taken. */
export type Take =
  /**
   * Rows, to be read from the report: about so many characters of them, at least one row, whatever its length. `search`
   * takes the place of the URL's query.
   */
  | { readonly kind: "rows"; readonly maxCharacters: number; readonly search: string }
  /** A document, to be read by supabase-js. */
  | { readonly kind: "document" }

/** An answer is given up when it is longer than this and its first row, or the document, has not ended yet. */
const maxBody = 32_000_000

/** More of a report of an error is not read. */
const maxErrorBody = 20_000

/**
 * Makes a fetch for one request of supabase-js. It alone reads bodies, so that none has no bound, and hands on what
 * supabase-js is to read: reports of errors, documents, and nothing of rows. It notes what supabase-js does not tell. It
 * follows no redirection, which would send the key elsewhere.
 */
export const makeFetch =
  (take: Take, report: Report): typeof fetch =>
  async (input, init) => {
    try {
      const url = new URL(input instanceof Request ? input.url : input)
      if (take.kind === "rows") url.search = take.search
      const response = await fetch(url, { ...init, redirect: "manual" })
      const { status } = response
      report.status = status
      report.total = totalOf(response.headers.get("content-range"))
      report.retryAfter = parseRetryAfter(response.headers.get("retry-after"), Date.now())
      if (!isAnswer(status)) return new Response(status < 400 ? null : await readStart(response), { status })
      report.text = await readBody(response, take, report)
      return new Response(take.kind === "rows" ? null : report.text, { status })
    } catch (error) {
      report.failure ??= { kind: "network", code: errnoOf(error) }
      throw error
    }
  }

const totalOf = (range: string | null): number | undefined => {
  const [, total] = /\/(\d+)$/.exec(range ?? "") ?? []
  return total === undefined ? undefined : Number(total)
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

/** Reads a body to its end; one of rows up to the row that reaches `maxCharacters`. */
const readBody = async (response: Response, take: Take, report: Report): Promise<string> => {
  const isRows = take.kind === "rows"
  const decoder = new TextDecoder()
  let text = ""
  let bound = isRows ? Math.min(take.maxCharacters, maxBody) : maxBody
  for await (const chunk of chunksOf(response)) {
    report.bytes += chunk.length
    text += decoder.decode(chunk, { stream: true })
    if (text.length <= bound) continue
    const end = isRows ? lastRowEnd(text) : 0
    if (end > 0) {
      report.characters = text.length
      return `${text.slice(0, end)}]`
    }
    if (text.length > maxBody) {
      const problem = `sent more than ${maxBody / 1e6} MB without ${isRows ? "the end of a row" : "an end"}`
      report.failure = { kind: "answer", problem }
      throw new Error(problem)
    }
    bound = Math.min(bound * 2, maxBody)
  }
  report.isWhole = true
  text += decoder.decode()
  report.characters = text.length
  return text
}

/** The beginning of a report of an error. Where it does not come, the status says enough. */
const readStart = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ""
  try {
    for await (const chunk of chunksOf(response)) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > maxErrorBody) break
    }
  } catch {
    return ""
  }
  return text
}

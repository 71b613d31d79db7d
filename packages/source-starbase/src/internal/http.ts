import { errnoOf, parseRetryAfter } from "@starbase-replication/core/source"
import type { Answered, Statement } from "@starbase-replication/sqlite-values"
import type { Failure } from "./errors.ts"

/** What a request brought. */
export type Answer = { readonly kind: "rows"; readonly rows: ReadonlyArray<Answered> } | Failure

/**
 * Asks the instance at `url` one statement. It follows no redirection, which would send the token elsewhere; without a
 * token it sends none. Rejects only where the signal says so.
 */
export const ask = async (
  url: string,
  token: string | undefined,
  { text, values }: Statement,
  signal: AbortSignal,
): Promise<Answer> => {
  try {
    const response = await fetch(`${url}/query`, {
      method: "POST",
      redirect: "manual",
      signal,
      headers: {
        "Content-Type": "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ sql: text, params: values }),
    })
    const body = parse(await response.text())
    return response.status === 200 ? ofBody(body) : ofStatus(response, body)
  } catch (error) {
    signal.throwIfAborted()
    return { kind: "network", code: errnoOf(error) }
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const field = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined

/** No other answer is taken for rows, least of all for none. */
const ofBody = (body: unknown): Answer => {
  const rows = field(body, "result")
  return isRows(rows)
    ? { kind: "rows", rows }
    : { kind: "answer", problem: "answered with something else than the rows of a query" }
}

const isRows = (value: unknown): value is ReadonlyArray<Answered> =>
  Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null && !Array.isArray(row))

const ofStatus = (response: Response, body: unknown): Failure => {
  const error = field(body, "error")
  const message = typeof error === "string" ? error : undefined
  return {
    kind: "status",
    status: response.status,
    sqlite: message === undefined ? undefined : /(?:^|: )(SQLITE_[A-Z_]+)$/.exec(message)?.[1],
    message,
    retryAfter: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
  }
}

/** What came of a request. */
export type Answer<A> =
  | { readonly kind: "ok"; readonly result: A; readonly error: string | undefined; readonly etag: string | undefined }
  /** All is as it was known. */
  | { readonly kind: "same" }
  /** The token is not one that may ask this. */
  | { readonly kind: "refused"; readonly status: number }
  /** It failed, in words for the operator. */
  | { readonly kind: "failed"; readonly message: string }

export interface Sent {
  readonly method?: "GET" | "POST"
  readonly body?: unknown
  readonly etag?: string | undefined
  readonly signal?: AbortSignal
}

/** Asks the instance that the page came from. */
export type Ask = <A>(path: string, sent?: Sent) => Promise<Answer<A>>

/** Asks with a token, which stands in no URL and in no cookie: what another page sends comes without it. */
export const asker =
  (token: string): Ask =>
  async <A>(path: string, { method = "GET", body, etag, signal }: Sent = {}): Promise<Answer<A>> => {
    try {
      const response = await fetch(path, {
        method,
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(etag === undefined ? {} : { "if-none-match": etag }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
      if (response.status === 304) return { kind: "same" }
      const answer = await read(response)
      const { result, error } = answer
      if (result !== undefined && (response.ok || !isFailure(result))) {
        return { kind: "ok", result: result as A, error, etag: response.headers.get("etag") ?? undefined }
      }
      // A wrong token is 400, without any result; the client's is 403, and none is 401.
      if ([401, 403].includes(response.status) || (response.status === 400 && /^unauthori[sz]ed/i.test(error ?? ""))) {
        return { kind: "refused", status: response.status }
      }
      return { kind: "failed", message: wordsOf(result) ?? error ?? `The instance answered ${response.status}.` }
    } catch {
      return { kind: "failed", message: "No answer from the instance." }
    }
  }

interface Body {
  readonly result?: unknown
  readonly error?: string
}

const read = async (response: Response): Promise<Body> => {
  try {
    const body: unknown = await response.json()
    return typeof body === "object" && body !== null ? body : {}
  } catch {
    return {}
  }
}

interface Failed {
  readonly error: { readonly message: string; readonly hint: string }
}

/** A request that failed as a whole, which is no table's own failure. */
const isFailure = (result: unknown): result is Failed =>
  typeof result === "object" && result !== null && "error" in result && !("tables" in result)

const wordsOf = (result: unknown): string | undefined =>
  isFailure(result) ? `${result.error.message} ${result.error.hint}` : undefined

/**
 * The path of a table's operation; undefined for a name that no path can hold. `/replicate/ui` is the page's own: the
 * table of that name is asked for by another spelling of it.
 */
export const tablePath = (table: string, operation?: string): string | undefined => {
  if (table === "." || table === ".." || /\p{Surrogate}/u.test(table)) return undefined
  const name = table === "ui" ? "%75i" : encodeURIComponent(table)
  return operation === undefined ? `/replicate/${name}` : `/replicate/${name}/${operation}`
}

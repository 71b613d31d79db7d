import type { TableResult } from "@starbase-replication/core/run"

/** An answer of the Worker. */
export interface Answer<T> {
  readonly status: number
  readonly result?: T
  readonly error?: string
}

/** Speaks to a Worker with one token. */
export interface Client {
  readonly post: <T = unknown>(path: string, body?: unknown) => Promise<Answer<T>>
  readonly get: <T = unknown>(path: string) => Promise<Answer<T>>
  /** Rows of a query, by position; rejects with the Worker's words where it fails. */
  readonly rows: (sql: string, params?: ReadonlyArray<unknown>) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
  /** One run of all tables, or of those that are due; rejects where the run failed as a whole. */
  readonly replicate: (due?: boolean) => Promise<ReadonlyArray<TableResult>>
}

export const makeClient = (url: URL, token: string, send: typeof fetch = fetch): Client => {
  const ask = async <T>(path: string, init: RequestInit): Promise<Answer<T>> => {
    const response = await send(new URL(path, url), {
      ...init,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    })
    return { ...((await response.json()) as object), status: response.status }
  }
  const post = <T>(path: string, body: unknown = {}) => ask<T>(path, { method: "POST", body: JSON.stringify(body) })
  return {
    post,
    get: (path) => ask(path, {}),
    rows: async (sql, params = []) => {
      const { result, error } = await post<{ rows: ReadonlyArray<ReadonlyArray<unknown>> }>("/query/raw", {
        sql,
        params,
      })
      if (result === undefined) throw new Error(error)
      return result.rows
    },
    replicate: async (due = false) => {
      const { result, error } = await post<{ tables?: ReadonlyArray<TableResult> }>(
        due ? "/replicate?due=true" : "/replicate",
      )
      if (result?.tables === undefined) throw new Error(error)
      return result.tables
    },
  }
}

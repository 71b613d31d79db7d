/**
 * The one function through which the sink reaches its database. It runs `sql`, which may hold several statements where
 * there are no parameters, and gives the rows of the last one, each an array in the order of its columns. A single
 * statement must be atomic. It rejects with SQLite's message, its `SQLITE_…` code included.
 */
export type Execute = (
  sql: string,
  params: ReadonlyArray<string | null>,
) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>

/** The part of a Durable Object's `ctx.storage.sql` that {@link fromStorage} uses. */
export interface SqlStorageLike {
  exec(sql: string, ...params: ReadonlyArray<string | null>): { raw(): Iterable<ReadonlyArray<unknown>> }
}

/** The port over a Durable Object's own storage. */
export const fromStorage =
  (sql: SqlStorageLike): Execute =>
  async (text, params) => [...sql.exec(text, ...params).raw()]

/** The part of StarbaseDB's `dataSource.rpc` that {@link fromRpc} uses. */
export interface RpcLike {
  executeQuery(query: { sql: string; params?: Array<unknown>; isRaw?: boolean }): Promise<unknown>
}

/** Is told what a statement has cost, in rows that the platform bills; of several in one text, only the last tells. */
export type OnBilled = (billed: { readonly read: number; readonly written: number }) => void

/** The port over StarbaseDB's `dataSource.rpc`. */
export const fromRpc =
  (rpc: RpcLike, onBilled?: OnBilled): Execute =>
  async (sql, params) => {
    const answer = await rpc.executeQuery({ sql, params: [...params], isRaw: true })
    if (onBilled !== undefined) tellBilled(answer, onBilled)
    if (typeof answer !== "object" || answer === null || !("rows" in answer) || !Array.isArray(answer.rows)) {
      throw new TypeError("executeQuery gave no rows; is this StarbaseDB's rpc?")
    }
    return answer.rows
  }

const tellBilled = (answer: unknown, onBilled: OnBilled): void => {
  if (typeof answer !== "object" || answer === null || !("meta" in answer)) return
  const { meta } = answer
  if (typeof meta !== "object" || meta === null || !("rows_read" in meta) || !("rows_written" in meta)) return
  const { rows_read: read, rows_written: written } = meta
  if (typeof read === "number" && typeof written === "number") onBilled({ read, written })
}

import { DurableObject } from "cloudflare:workers"
import type { Results } from "./AlarmDriver.ts"
import { looksLikeRead, type Statement } from "./statements.ts"

/** Rows by column name. */
export type Rows = Array<Record<string, SqlStorageValue>>

/** Rows by position, with what the statement cost. */
export interface RawRows {
  columns: Array<string>
  rows: Array<Array<SqlStorageValue>>
  meta: { rows_read: number; rows_written: number }
}

/** How {@link ReplicaObject.run} answers: a result per statement, or why nothing was done. */
export type Answer =
  | { ok: true; results: Array<Rows | RawRows> }
  | { ok: false; reason: "failed" | "read-only"; message: string }

/** Thrown to undo a transaction whose outcome is known. */
class Undo extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super("undone")
    this.answer = answer
  }
}

const readOnly = (): Answer => ({
  ok: false,
  reason: "read-only",
  message: "This token may only read, one statement at a time; use the admin token to write.",
})

/** The replica: a SQLite database with the methods of StarbaseDB's Durable Object, and those by which it is kept. */
export abstract class ReplicaObject extends DurableObject {
  /** The methods that a plugin gets as `dataSource.rpc`. */
  init() {
    return {
      executeQuery: this.executeQuery.bind(this),
      getAlarm: this.getAlarm.bind(this),
      setAlarm: this.setAlarm.bind(this),
      deleteAlarm: this.deleteAlarm.bind(this),
      getStatistics: this.getStatistics.bind(this),
    }
  }

  /**
   * Runs SQL text. Several statements in it run one by one, the last with `params`, and earlier ones stay where a later
   * one fails. Rows come as objects; with `isRaw` as {@link RawRows}.
   */
  async executeQuery(query: { sql: string; params?: Array<unknown>; isRaw?: boolean }): Promise<Rows | RawRows> {
    return this.#execute(query, query.isRaw === true).result
  }

  /** Runs all statements, or where one fails none of them. */
  async executeTransaction(queries: ReadonlyArray<Statement>, isRaw: boolean): Promise<Array<Rows | RawRows>> {
    return this.ctx.storage.transactionSync(() => queries.map((query) => this.#execute(query, isRaw).result))
  }

  /**
   * Runs all statements or none, and answers failures instead of throwing them. For a reader nothing is ever kept:
   * statements that write are refused, and the transaction is undone whatever they did.
   */
  async run(query: { statements: ReadonlyArray<Statement>; isRaw: boolean; mayWrite: boolean }): Promise<Answer> {
    const { isRaw, mayWrite, statements } = query
    if (!mayWrite && !statements.every((statement) => looksLikeRead(statement.sql))) return readOnly()
    try {
      return this.ctx.storage.transactionSync((): Answer => {
        const results: Array<Rows | RawRows> = []
        for (const statement of statements) {
          const { result, rowsWritten } = this.#execute(statement, isRaw)
          if (!mayWrite && rowsWritten > 0) throw new Undo(readOnly())
          results.push(result)
        }
        if (!mayWrite) throw new Undo({ ok: true, results })
        return { ok: true, results }
      })
    } catch (error) {
      if (error instanceof Undo) return error.answer
      return { ok: false, reason: "failed", message: error instanceof Error ? error.message : String(error) }
    }
  }

  getAlarm(): Promise<number | null> {
    return this.ctx.storage.getAlarm()
  }

  /** Sets the alarm, at least one second ahead. */
  setAlarm(scheduledTime: number | Date, options?: DurableObjectSetAlarmOptions): Promise<void> {
    return this.ctx.storage.setAlarm(Math.max(Number(scheduledTime), Date.now() + 1000), options)
  }

  deleteAlarm(options?: DurableObjectSetAlarmOptions): Promise<void> {
    return this.ctx.storage.deleteAlarm(options)
  }

  /** The size in bytes. Sockets and a log of queries, which StarbaseDB counts here, do not exist. */
  async getStatistics(): Promise<{ databaseSize: number; activeConnections: number; recentQueries: number }> {
    return { databaseSize: this.ctx.storage.sql.databaseSize, activeConnections: 0, recentQueries: 0 }
  }

  /** Runs the tables that are due, here. */
  abstract runDue(): Promise<Results>

  /** Has them run behind the caller, in the alarm. */
  abstract wakeNow(): Promise<void>

  /** Ends the run under way at its next page, waits for that, and has no alarm begin another: for a host that ends. */
  abstract endRuns(): Promise<void>

  #execute({ sql, params = [] }: Statement, isRaw: boolean) {
    const cursor = this.ctx.storage.sql.exec(sql, ...params)
    if (!isRaw) return { result: cursor.toArray() satisfies Rows, rowsWritten: cursor.rowsWritten }
    const rows = [...cursor.raw()]
    const meta = { rows_read: cursor.rowsRead, rows_written: cursor.rowsWritten }
    return { result: { columns: cursor.columnNames, rows, meta } satisfies RawRows, rowsWritten: cursor.rowsWritten }
  }
}

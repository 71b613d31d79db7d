import { DurableObject } from "cloudflare:workers"
import type { Live, Look } from "@starbase-replication/plugin"
import type { Results } from "./AlarmDriver.ts"
import { type Bounds, bounded } from "./bounds.ts"
import type { Fleet } from "./replicas/Fleet.ts"
import type { Place, Pulled } from "./replicas/Pulled.ts"
import { checkRead, type Refusal } from "./reader.ts"
import { type Statement, withoutTail } from "./statements.ts"

/** Rows by column name. */
export type Rows = Array<Record<string, SqlStorageValue>>

/** Rows by position, with what the statement cost. */
export interface RawRows {
  columns: Array<string>
  rows: Array<Array<SqlStorageValue>>
  meta: { rows_read: number; rows_written: number }
}

/** How {@link ReplicaObject.run} answers: a result per statement, or why nothing was done. */
export type Answer = { ok: true; results: Array<Rows | RawRows> } | ({ ok: false } & Refusal)

/** A replica that was opened by its name, as long as there is one of its number. */
export interface OpenReplica extends ReturnType<ReplicaObject["init"]> {
  readonly made: number
  readonly run: ReplicaObject["run"]
  /**
   * Has the replica pull where its rows are older than so many milliseconds, and waits so many for it. Tells when all that the hub held
   * then was here: 0 where that never was, and nothing where the replica is gone.
   */
  fresh(maxStaleness: number, wait: number): Promise<number | undefined>
}

/** Thrown to undo a transaction whose outcome is known. */
class Undo extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super("undone")
    this.answer = answer
  }
}

/** What is read of a cursor, as it is read. */
type Reading = <Row extends RawRows["rows"][number] | Rows[number]>(read: Iterable<Row>) => Iterable<Row>

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
      lastLooks: this.lastLooks.bind(this),
      live: this.live.bind(this),
    }
  }

  /**
   * Runs SQL text. Several statements in it run one by one, the last with `params`, and earlier ones stay where a later
   * one fails. Rows come as objects; with `isRaw` as {@link RawRows}.
   */
  async executeQuery(query: { sql: string; params?: Array<unknown>; isRaw?: boolean }): Promise<Rows | RawRows> {
    return this.#execute(query, query.isRaw === true)
  }

  /** Runs all statements, or where one fails none of them. */
  async executeTransaction(queries: ReadonlyArray<Statement>, isRaw: boolean): Promise<Array<Rows | RawRows>> {
    return this.ctx.storage.transactionSync(() => queries.map((query) => this.#execute(query, isRaw)))
  }

  /**
   * Runs all statements or none, and answers failures instead of throwing them; an answer that becomes larger than its
   * bounds is one. For a reader nothing is ever kept: statements that write, or that read the sink's own tables, are
   * refused, and the transaction is undone whatever they did.
   */
  async run(query: {
    statements: ReadonlyArray<Statement>
    isRaw: boolean
    mayWrite: boolean
    bounds: Bounds
  }): Promise<Answer> {
    const { isRaw, mayWrite, statements } = query
    const reading = bounded(query.bounds)
    try {
      return this.ctx.storage.transactionSync((): Answer => {
        const results: Array<Rows | RawRows> = []
        for (const statement of statements) {
          const sql = withoutTail(statement.sql)
          const refusal = mayWrite ? undefined : this.#checkRead({ ...statement, sql })
          if (refusal !== undefined) throw new Undo({ ok: false, ...refusal })
          results.push(this.#execute({ ...statement, sql }, isRaw, reading))
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

  /** What is remembered here of runs that found nothing, which are not stored each time. */
  abstract lastLooks(): Promise<ReadonlyArray<Look>>

  /** What is known here of runs under way, and of what they have cost. */
  abstract live(): Promise<Live>

  /** What a hub knows of its replicas, and does for them; of the hub's object alone. */
  abstract get fleet(): Fleet

  /** Opens the object as the replica of a name, and with a number as that one of them; undefined where it is not. */
  abstract open(name: string, made?: number): Promise<OpenReplica | undefined>

  /** Has the replica of a name pull, unless all up to a place is there already. */
  abstract pullReplica(name: string, made: number, place?: Place): Promise<Pulled>

  /** Has the replica of a name build all its tables anew. */
  abstract refreshReplica(name: string, made: number): Promise<Pulled>

  /** Has the object forget all that it has, and which replica it was, unless that is one of a later number. */
  abstract destroyReplica(name: string, made: number): Promise<void>

  /** Runs the tables that are due, here. */
  abstract runDue(): Promise<Results>

  /** Has them run behind the caller, in the alarm. */
  abstract wakeNow(): Promise<void>

  /** Ends the run under way at its next page, waits for that, and has no alarm begin another: for a host that ends. */
  abstract endRuns(): Promise<void>

  #checkRead({ sql, params = [] }: Statement): Refusal | undefined {
    return checkRead((text, values) => [...this.ctx.storage.sql.exec(text, ...values).raw()], sql, params)
  }

  #execute({ sql, params = [] }: Statement, isRaw: boolean, reading: Reading = (read) => read): Rows | RawRows {
    const cursor = this.ctx.storage.sql.exec(sql, ...params)
    if (!isRaw) return [...reading(cursor)]
    const rows = [...reading(cursor.raw())]
    const meta = { rows_read: cursor.rowsRead, rows_written: cursor.rowsWritten }
    return { columns: cursor.columnNames, rows, meta }
  }
}

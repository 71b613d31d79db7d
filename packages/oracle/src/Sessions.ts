import type { SessionEnd } from "./History.ts"

type Rows = ReadonlyArray<ReadonlyArray<string | null>>

/** The connections of histories to a source: 0 commits each statement at once, the others keep their transaction open. */
export interface Sessions {
  /** Runs statements; false where they could not be done, and then the session's transaction is rolled back. */
  readonly run: (session: number, sql: string) => Promise<boolean>
  readonly end: (session: number, how: SessionEnd) => Promise<void>
  readonly rollBackAll: () => Promise<void>
  /** What is committed, as texts; undefined where a lock is in the way. */
  readonly rows: (sql: string) => Promise<Rows | undefined>
  /** Keeps others from reading a table; false where it cannot be had. */
  readonly lock: (table: string) => Promise<boolean>
  readonly unlock: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A connection that waits for no lock. */
export interface Connection {
  readonly execute: (sql: string) => Promise<unknown>
  /** The rows of a query, as texts. */
  readonly rows: (sql: string) => Promise<Rows>
  readonly end: () => Promise<unknown>
}

/** What sessions need to know of a database. */
export interface Driver {
  readonly open: () => Promise<Connection>
  /** Whether a statement failed for another session is in its way, or what it is about has changed or gone. */
  readonly isExpected: (error: unknown) => boolean
  /** Whether it failed for a lock. */
  readonly isLocked: (error: unknown) => boolean
  readonly lock: (table: string) => string
  readonly unlock: string
  /** How transactions are prepared by a name, where others than who began them can end them. */
  readonly prepared?: Readonly<Record<Exclude<SessionEnd, "commit" | "roll back">, (name: string) => string>>
}

export const openSessions = async (driver: Driver, count: number): Promise<Sessions> => {
  const writers = await Promise.all(Array.from({ length: count }, driver.open))
  const [reader, locker] = [await driver.open(), await driver.open()]
  const inTransaction = new Set<number>()
  const execute = (session: number, sql: string): Promise<unknown> => {
    const connection = writers[session]
    if (connection === undefined) throw new Error(`There is no session ${session}.`)
    return connection.execute(sql)
  }
  const prepared: Array<{ readonly session: number; readonly name: string }> = []
  let names = 0
  const endPrepared = async (session: number, how: "commit prepared" | "roll back prepared") => {
    const at = prepared.findIndex((one) => one.session === session)
    const [one] = at === -1 ? [] : prepared.splice(at, 1)
    if (one !== undefined && driver.prepared !== undefined) await execute(0, driver.prepared[how](one.name))
  }
  const end = async (session: number, how: SessionEnd) => {
    if (how === "commit prepared" || how === "roll back prepared") return endPrepared(session, how)
    if (!inTransaction.delete(session)) return
    if (how !== "prepare" || driver.prepared === undefined) {
      await execute(session, how === "roll back" ? "ROLLBACK" : "COMMIT")
      return
    }
    const name = `prepared ${names++}`
    await execute(session, driver.prepared.prepare(name))
    prepared.push({ session, name })
  }
  return {
    run: async (session, sql) => {
      const begins = session > 0 && !inTransaction.has(session)
      if (session > 0) inTransaction.add(session)
      try {
        await execute(session, begins ? `START TRANSACTION; ${sql}` : sql)
        return true
      } catch (error) {
        if (!driver.isExpected(error)) throw new Error(`A history's statement is wrong: ${sql}`, { cause: error })
        if (session === 0) await execute(0, "ROLLBACK")
        await end(session, "roll back")
        return false
      }
    },
    end,
    rollBackAll: async () => {
      for (const session of inTransaction) await end(session, "roll back")
      while (prepared[0] !== undefined) await endPrepared(prepared[0].session, "roll back prepared")
    },
    rows: async (sql) => {
      try {
        return await reader.rows(sql)
      } catch (error) {
        if (driver.isLocked(error)) return undefined
        throw error
      }
    },
    lock: async (table) => {
      try {
        await locker.execute(driver.lock(table))
        return true
      } catch {
        await locker.execute(driver.unlock)
        return false
      }
    },
    unlock: async () => {
      await locker.execute(driver.unlock)
    },
    stop: async () => {
      await Promise.all([...writers, reader, locker].map((connection) => connection.end()))
    },
  }
}

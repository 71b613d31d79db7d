import mysql from "mysql2/promise"
import type { Sessions } from "../Sessions.ts"

/** Why a statement of a history may fail: another session is in the way, or what it is about has changed or gone. */
const expected = new Set([
  1205, // lock wait timeout
  1213, // deadlock
  1062, // duplicate entry
  1265, // data truncated
  1292, // no such date
  1366, // no such number
  1264, // out of range
  1406, // too long
])

const codeOf = (error: unknown): number =>
  typeof error === "object" && error !== null && "errno" in error ? Number(error.errno) : 0

/** The connections of a history: 0 commits each statement at once, the others keep their transaction open. */
export const openSessions = async (url: string, count: number): Promise<Sessions> => {
  const open = async () => {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true, charset: "utf8mb4" })
    await connection.query(
      "SET SESSION time_zone = '+00:00', lock_wait_timeout = 0, innodb_lock_wait_timeout = 0, sql_mode = 'TRADITIONAL'",
    )
    return connection
  }
  const writers = await Promise.all(Array.from({ length: count }, open))
  const [reader, locker] = [await open(), await open()]
  const inTransaction = new Set<number>()
  const writer = (session: number): mysql.Connection => {
    const connection = writers[session]
    if (connection === undefined) throw new Error(`There is no session ${session}.`)
    return connection
  }
  const end = async (session: number, how: "commit" | "roll back") => {
    if (!inTransaction.delete(session)) return
    await writer(session).query(how === "commit" ? "COMMIT" : "ROLLBACK")
  }
  return {
    run: async (session, sql) => {
      const begins = session > 0 && !inTransaction.has(session)
      if (session > 0) inTransaction.add(session)
      try {
        await writer(session).query(begins ? `START TRANSACTION; ${sql}` : sql)
        return true
      } catch (error) {
        if (!expected.has(codeOf(error))) throw new Error(`A history's statement is wrong: ${sql}`, { cause: error })
        await end(session, "roll back")
        return false
      }
    },
    end,
    rollBackAll: async () => {
      for (const session of inTransaction) await end(session, "roll back")
    },
    rows: async (sql) => {
      try {
        const [rows] = await reader.query({ sql, rowsAsArray: true })
        return Array.isArray(rows) ? (rows as unknown as ReadonlyArray<ReadonlyArray<string | null>>) : []
      } catch (error) {
        if (codeOf(error) === 1205) return undefined
        throw error
      }
    },
    lock: async (table) => {
      try {
        await locker.query(`LOCK TABLES ${table} WRITE`)
        return true
      } catch {
        return false
      }
    },
    unlock: async () => {
      await locker.query("UNLOCK TABLES")
    },
    stop: async () => {
      await Promise.all([...writers, reader, locker].map((connection) => connection.end()))
    },
  }
}

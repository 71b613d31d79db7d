import mysql from "mysql2/promise"
import type { Driver } from "../Sessions.ts"

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

export const mariadbDriver = (url: string): Driver => ({
  open: async () => {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true, charset: "utf8mb4" })
    await connection.query(
      "SET SESSION time_zone = '+00:00', lock_wait_timeout = 0, innodb_lock_wait_timeout = 0, sql_mode = 'TRADITIONAL'",
    )
    return {
      execute: (sql) => connection.query(sql),
      rows: async (sql) => {
        const [rows] = await connection.query({ sql, rowsAsArray: true })
        return Array.isArray(rows) ? (rows as unknown as ReadonlyArray<ReadonlyArray<string | null>>) : []
      },
      end: () => connection.end(),
    }
  },
  isExpected: (error) => expected.has(codeOf(error)),
  isLocked: (error) => codeOf(error) === 1205,
  lock: (table) => `LOCK TABLES ${table} WRITE`,
  unlock: "UNLOCK TABLES",
})

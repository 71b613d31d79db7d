import pg from "pg"
import type { Sessions } from "../Sessions.ts"

/** Why a statement of a history may fail: another session is in the way, or what it is about has changed or gone. */
const expected = new Set([
  "55P03", // lock_not_available
  "40P01", // deadlock_detected
  "23505", // unique_violation
  "22P02", // a text that is none of the new type
  "22003", // out of its range
  "22007", // no date
  "42804", // a default that cannot be cast
  "42846", // cannot be cast
])

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

const text = { getTypeParser: () => (value: string) => value }

export const openSessions = async (url: string, count: number): Promise<Sessions> => {
  const open = async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query("SET lock_timeout = '10ms'; SET TimeZone = 'UTC'; SET extra_float_digits = 1")
    return client
  }
  const [writers, reader, locker] = [await Promise.all(Array.from({ length: count }, open)), await open(), await open()]
  const inTransaction = new Set<number>()
  const writer = (session: number): pg.Client => {
    const client = writers[session]
    if (client === undefined) throw new Error(`There is no session ${session}.`)
    return client
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
        await writer(session).query(begins ? `BEGIN; ${sql}` : sql)
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
        const { rows } = await reader.query({ text: sql, rowMode: "array", types: text })
        return rows
      } catch (error) {
        if (codeOf(error) === "55P03") return undefined
        throw error
      }
    },
    lock: async (table) => {
      await locker.query("BEGIN")
      try {
        await locker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
        return true
      } catch {
        await locker.query("ROLLBACK")
        return false
      }
    },
    unlock: async () => {
      await locker.query("ROLLBACK")
    },
    stop: async () => {
      await Promise.all([...writers, reader, locker].map((client) => client.end()))
    },
  }
}

import pg from "pg"
import type { Driver } from "../Sessions.ts"

const expected = new Set([
  "55P03", // lock_not_available
  "40P01", // deadlock_detected
  "23505", // unique_violation
  "22P02", // a text that is none of the new type
  "22003", // out of its range
  "22007", // no date
  "42804", // a default that cannot be cast
  "42846", // cannot be cast
  "23514", // check_violation, of a row whose partition is away
  "2BP01", // a column that a materialized view has
  "0A000", // feature_not_supported, such as another type for such a column
  "42P16", // invalid_table_definition, such as another type for what partitions are told by
  "42809", // wrong_object_type, of an index that is another table's since a swap
  "42704", // undefined_object, such as the key's name of a table that had another one
])

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""

const text = { getTypeParser: () => (value: string) => value }

export const postgresDriver = (url: string): Driver => ({
  open: async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query("SET lock_timeout = '10ms'; SET TimeZone = 'UTC'; SET extra_float_digits = 1")
    return {
      execute: (sql) => client.query(sql),
      rows: async (sql) => (await client.query({ text: sql, rowMode: "array", types: text })).rows,
      end: () => client.end(),
    }
  },
  isExpected: (error) => expected.has(codeOf(error)),
  isLocked: (error) => codeOf(error) === "55P03",
  lock: (table) => `START TRANSACTION; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
  unlock: "ROLLBACK",
  prepared: {
    prepare: (name) => `PREPARE TRANSACTION '${name}'`,
    "commit prepared": (name) => `COMMIT PREPARED '${name}'`,
    "roll back prepared": (name) => `ROLLBACK PREPARED '${name}'`,
  },
})

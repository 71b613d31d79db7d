import { asRead } from "./statements.ts"

/** What {@link checkRead} asks of the database. */
type Execute = (sql: string, params: ReadonlyArray<unknown>) => ReadonlyArray<ReadonlyArray<unknown>>

/** Why a reader's statement is not run, with the words for it. */
export interface Refusal {
  readonly reason: "failed" | "read-only"
  readonly message: string
}

const mayOnlyRead: Refusal = {
  reason: "read-only",
  message: "This token may only read, one statement at a time; use the admin token to write.",
}

const isForAdmin: Refusal = {
  reason: "read-only",
  message: "Tables that begin with tmp_replication_ are for the admin token alone.",
}

/**
 * Why a statement may not be run for a reader; undefined where it may. SQLite answers it, not the text: it must be a
 * query that stands in brackets, which no second statement and no write can; and its program (`EXPLAIN`) names the root
 * page of each table and index that it opens, whatever views, CTEs and spellings stand between.
 *
 * To be called in a transaction that is undone: what a virtual table reads its program does not say, so that the tables
 * it must not read are dropped before.
 */
export const checkRead = (execute: Execute, sql: string, params: ReadonlyArray<unknown>): Refusal | undefined => {
  const read = asRead(sql)
  if (read === undefined) return mayOnlyRead
  try {
    execute(`${inBrackets}${read.query}\n)`, params)
  } catch (error) {
    return { reason: "failed", message: shifted(error, read.at - inBrackets.length) }
  }
  const program = execute(`EXPLAIN ${read.query}`, params)
  const opened = program.flatMap(([, opcode, , page, database]) =>
    opens.has(String(opcode)) && database === mainDatabase ? [page] : [],
  )
  if (opened.length > 0) {
    const open = new Set(execute(openPages, []).map(([page]) => page))
    if (opened.some((page) => page !== schemaPage && !open.has(page))) return isForAdmin
  }
  if (program.some(([, opcode]) => opcode === "VOpen") && execute(virtualTables, []).length > 0) {
    for (const [drop] of execute(drops, [])) execute(String(drop), [])
  }
  return undefined
}

/** As it is explained, the query is not run. */
const inBrackets = "EXPLAIN SELECT * FROM (\n"

const opens: ReadonlySet<string> = new Set(["OpenRead", "ReopenIdx", "OpenWrite"])
const mainDatabase = 0

/** The root page of the table of tables: it has their names, and no row of theirs. */
const schemaPage = 1

const isProtected = String.raw`LIKE 'tmp\_replication\_%' ESCAPE '\'`
const openPages = `SELECT rootpage FROM sqlite_master WHERE rootpage > 0 AND NOT tbl_name ${isProtected}`
const drops = `SELECT format('DROP TABLE "%w"', name) FROM sqlite_master WHERE type = 'table' AND name ${isProtected}`
/** SQLite itself writes these words at the beginning of what it stores. Tables that nobody made read no other ones. */
const virtualTables = "SELECT 1 FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE %' LIMIT 1"

/** SQLite's words, about the statement as it was given. */
const shifted = (error: unknown, by: number): string =>
  (error instanceof Error ? error.message : String(error)).replace(
    /\bat offset (\d+)/,
    (_, offset: string) => `at offset ${Number(offset) + by}`,
  )

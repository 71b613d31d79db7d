import type { Execute } from "@starbase-replication/sink-sqlite"
import { foldCase } from "@starbase-replication/core/source"
import type { Statement } from "./statements.ts"

/**
 * The tables that statements read, as SQLite itself says: its program for a statement (`EXPLAIN`) names the root page of
 * each table and index that it opens, whatever views, CTEs and subqueries stand between. `undefined` means that SQLite
 * could not be asked, so that it may be any; their names are in lower case. Rejects where SQLite refuses a statement.
 */
export const tablesRead = async (
  execute: (statement: Statement) => ReturnType<Execute>,
  statements: ReadonlyArray<Statement>,
): Promise<ReadonlySet<string> | undefined> => {
  const asked = statements.map(({ sql }) => onlyStatement(sql))
  if (asked.some((sql) => sql === undefined)) return undefined
  const [listed = [], ...programs] = await Promise.all([
    execute({ sql: "SELECT rootpage, tbl_name FROM sqlite_master WHERE rootpage > 0", params: [] }),
    ...statements.map(({ params }, index) => execute({ sql: `EXPLAIN ${asked[index]}`, params })),
  ])
  const pages = new Map(listed.map(([page, table]) => [Number(page), foldCase(String(table))]))
  const tables = new Set<string>()
  for (const [, opcode, , page, database] of programs.flat()) {
    if (!opens.has(String(opcode)) || database !== 0 || page === schemaPage) continue
    const table = pages.get(Number(page))
    // It was made, or put in another's place, while SQLite was asked.
    if (table === undefined) return undefined
    tables.add(table)
  }
  return tables
}

const opens: ReadonlySet<string> = new Set(["OpenRead", "ReopenIdx", "OpenWrite"])

/** The root page of the table of tables. */
const schemaPage = 1

const explainable = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:select|with|values|insert|update|delete|replace)\b/i

/**
 * The text where it surely is one statement that `EXPLAIN` does not run. After a semicolon another would begin, and that
 * one would be run: a text with one inside is not asked about, be it in a string.
 */
const onlyStatement = (sql: string): string | undefined => {
  const text = sql.replace(/[\s;]+$/, "")
  return text.includes(";") || !explainable.test(text) ? undefined : text
}

const blanksAndComments = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/

/** The statement without what comes before it and the semicolon behind it. */
const bare = (sql: string): string => sql.replace(blanksAndComments, "").replace(/[\s;]+$/, "")

/** Whether a text is a query, by its first word. What it does is made sure of by {@link bounded}. */
export const isRead = (sql: string): boolean => /^(?:select|with|values)\b/i.test(bare(sql))

/**
 * The query as part of another one, which takes no more than so many rows of it. What stands in brackets can only read: an
 * admin's token may do more, and a slip of the pen should not.
 */
export const bounded = (sql: string, rows: number): string => `SELECT * FROM (\n${bare(sql)}\n) LIMIT ${rows}`

/** A name as SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

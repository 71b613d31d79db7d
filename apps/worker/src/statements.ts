/** One SQL statement with its parameters. */
export interface Statement {
  readonly sql: string
  readonly params?: Array<unknown>
}

/** What a `/query` body asks for, or what is wrong with it. */
export type ParsedQuery =
  | { readonly statements: ReadonlyArray<Statement>; readonly isTransaction: boolean }
  | { readonly problem: string }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parseStatement = (value: unknown, at: string): Statement | string => {
  if (!isObject(value)) return `${at || "The body"} must be an object with "sql" and, if need be, "params".`
  const field = (name: string) => (at === "" ? name : `${at}.${name}`)
  const { sql, params } = value
  if (typeof sql !== "string" || sql.trim() === "") return `${field("sql")} must be SQL text.`
  if (params === undefined || params === null) return { sql }
  if (!Array.isArray(params)) return `${field("params")} must be an array.`
  const values: Array<string | number | null> = []
  for (const [index, param] of (params as ReadonlyArray<unknown>).entries()) {
    // The platform would bind true as the text 'true', which equals no boolean in the replica.
    if (typeof param === "boolean") values.push(param ? 1 : 0)
    else if (param === null || typeof param === "string" || typeof param === "number") values.push(param)
    else return `${field(`params[${index}]`)} must be a string, a number, a boolean or null.`
  }
  return { sql, params: values }
}

/** Reads a `/query` body: `{ sql, params }` or `{ transaction: [{ sql, params }, …] }`. */
export const parseQuery = (body: unknown): ParsedQuery => {
  if (!isObject(body)) return { problem: 'The body must be an object with "sql" or "transaction".' }
  if (body["transaction"] === undefined) {
    const statement = parseStatement(body, "")
    return typeof statement === "string" ? { problem: statement } : { statements: [statement], isTransaction: false }
  }
  if (body["sql"] !== undefined) return { problem: 'Give either "sql" or "transaction", not both.' }
  const list = body["transaction"]
  if (!Array.isArray(list) || list.length === 0) {
    return { problem: "transaction must be an array of at least one statement." }
  }
  const statements: Array<Statement> = []
  for (const [index, entry] of (list as ReadonlyArray<unknown>).entries()) {
    const statement = parseStatement(entry, `transaction[${index}]`)
    if (typeof statement === "string") return { problem: statement }
    statements.push(statement)
  }
  return { statements, isTransaction: true }
}

/**
 * What may hold a semicolon or a keyword without meaning one: variables such as `$a(;)`, quoted text and names, comments.
 */
const opaque =
  /[$@#:](?:[\w$\u0080-\uffff]|::)+\([^\s)]*\)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g

/** The text at its full length, with blanks for comments and a letter for each character of what else is opaque. */
const bareOf = (sql: string): string =>
  sql.replaceAll(opaque, (text) => (/^(?:--|\/\*)/.test(text) ? " " : "x").repeat(text.length))

/** SQL without the comments and semicolons after its end, which the platform would take for a further statement. */
export const withoutTail = (sql: string): string => sql.slice(0, bareOf(sql).replace(/[\s;]+$/, "").length) || sql

/** SQL that by its text is one statement that reads. */
export interface Read {
  /** Where it begins in the text that was given, in bytes. */
  readonly at: number
  /** The query itself, without `EXPLAIN`, and without a semicolon at either end. */
  readonly query: string
}

/** Takes SQL for one statement that reads, or not; only SQLite itself can tell whether it is. */
export const asRead = (sql: string): Read | undefined => {
  const bare = bareOf(sql)
  const [before = ""] = /^[\s;]*/.exec(bare) ?? []
  const [explain = ""] = /^explain\s+(?:query\s+plan\s+)?/i.exec(bare.slice(before.length)) ?? []
  const start = before.length + explain.length
  const rest = bare.slice(start).replace(/[\s;]+$/, "")
  if (!/^(?:select|with|values)\b/i.test(rest) || rest.includes(";")) return undefined
  if (/^with\b/i.test(rest) && /\b(?:insert|update|delete|replace)\b(?!\s*\()/i.test(rest)) return undefined
  return { at: new TextEncoder().encode(sql.slice(0, start)).length, query: sql.slice(start, start + rest.length) }
}

/** A statement with its parameters. */
export interface Statement {
  readonly sql: string
  readonly params: Array<unknown>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const statement = (value: unknown): Statement | undefined => {
  if (!isObject(value) || typeof value["sql"] !== "string") return undefined
  const { sql, params } = value
  if (!Array.isArray(params)) return { sql, params: [] }
  return {
    sql,
    params: (params as ReadonlyArray<unknown>).map((one) => (typeof one === "boolean" ? Number(one) : one)),
  }
}

/** The statements of a `/query` body; undefined where it is none, which the route itself refuses. */
export const statementsOf = (body: unknown): ReadonlyArray<Statement> | undefined => {
  if (!isObject(body)) return undefined
  const { transaction } = body
  const list = Array.isArray(transaction) && transaction.length > 0 ? transaction : [body]
  const statements = list.map(statement)
  return statements.every((one) => one !== undefined) ? statements : undefined
}

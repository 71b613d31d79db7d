import { answer } from "./answer.ts"
import { readBounds } from "./bounds.ts"
import type { Env } from "./Env.ts"
import type { DataSource, InstanceConfig, Plugin } from "./plugin.ts"
import type { Answer, ReplicaObject } from "./ReplicaObject.ts"
import { parseQuery, type Statement } from "./statements.ts"

/** What a query runs against. */
export interface QueryContext {
  readonly env: Env
  readonly replica: Pick<DurableObjectStub<ReplicaObject>, "run">
  readonly plugins: ReadonlyArray<Plugin>
  readonly config: InstanceConfig
  readonly dataSource: DataSource
}

const parseBody = async (request: Request): Promise<unknown> => {
  try {
    return await request.json()
  } catch {
    return undefined
  }
}

const beforeQuery = async (statement: Statement, context: QueryContext): Promise<Statement> => {
  const { config, dataSource } = context
  let current = statement
  for (const plugin of context.plugins) current = await plugin.beforeQuery({ ...current, dataSource, config })
  return current
}

const afterQuery = async (sql: string, result: unknown, isRaw: boolean, context: QueryContext): Promise<unknown> => {
  const { config, dataSource } = context
  let current = result
  for (const plugin of context.plugins) {
    current = await plugin.afterQuery({ sql, result: current, isRaw, dataSource, config })
  }
  return current
}

const statuses = { failed: 400, "read-only": 403 } as const

/** The text of a failure ends in SQLite's own code. */
const isFull = (message: string): boolean => /\bSQLITE_FULL\b/.test(message)

/** A disk that is full may show only once all statements have run, when the object comes to keep what they wrote. */
const notKept = (error: unknown): Answer => {
  if (!(error instanceof Error) || !isFull(error.message)) throw error
  return { ok: false, reason: "failed", message: error.message }
}

/**
 * `POST /query` and `/query/raw`. All statements of a request are one transaction. The admin may do anything; a client
 * may read everything but the sink's own tables, and change nothing.
 */
export const queryRoute = async (request: Request, isRaw: boolean, context: QueryContext): Promise<Response> => {
  if (!request.headers.get("Content-Type")?.includes("application/json")) {
    return answer({ error: "Content-Type must be application/json." }, 400)
  }
  const body = await parseBody(request)
  if (body === undefined) return answer({ error: "The body is not JSON." }, 400)
  const query = parseQuery(body)
  if ("problem" in query) return answer({ error: query.problem }, 400)

  const bounds = readBounds(context.env)
  if ("problem" in bounds) return answer({ error: bounds.problem }, 500)

  const statements = await Promise.all(query.statements.map((statement) => beforeQuery(statement, context)))
  const mayWrite = context.config.role === "admin"
  const ran = await context.replica.run({ statements, isRaw, mayWrite, bounds }).catch(notKept)
  if (!ran.ok) return answer({ error: ran.message }, isFull(ran.message) ? 507 : statuses[ran.reason])

  const results = await Promise.all(
    ran.results.map((result, index) => afterQuery(query.statements[index]?.sql ?? "", result, isRaw, context)),
  )
  return answer({ result: query.isTransaction ? results : results[0] })
}

import type { CheckResult, TableResult } from "@starbase-replication/core/run"
import { ConnectorError } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"
import { forHttp } from "./forHttp.ts"
import { envelope } from "./routes/openapi.ts"
import type { Reply, Route } from "./routes/Route.ts"

/** Any page may read an answer, for what a request may do hangs on its token alone. */
const corsHeaders = { "access-control-allow-origin": "*" } as const

/** A result. */
export const done = (result: unknown): Reply => ({ status: 200, result })

/** The reply to a run: 200 where every table succeeded, 207 where some failed. */
export const runReply = (tables: ReadonlyArray<TableResult>): Reply => partly(tables.map(answerOf), "failed")

/** The reply to a run of one table: that of any run, and 409 where another run held the table or took it over. */
export const oneRunReply = (result: TableResult): Reply => {
  const { error } = result
  return error !== undefined && statuses.get(error.code) === 409
    ? { status: 409, result: { tables: [answerOf(result)] }, error: error.message }
    : runReply([result])
}

/** A run as it is answered: what only the log tells is left out. */
const answerOf = ({ details: _details, ...result }: TableResult): TableResult =>
  result.error === undefined ? result : { ...result, error: forHttp(result.error, result.table) }

/** The reply to a check, likewise. */
export const checkReply = (tables: ReadonlyArray<CheckResult>): Reply => partly(tables, "would fail")

const partly = (tables: ReadonlyArray<TableResult | CheckResult>, what: string): Reply => {
  // What a wildcard leaves out nobody has asked for.
  const failed = tables.filter(({ error }) => error !== undefined && error.code !== "refused")
  if (failed.length === 0) return done({ tables })
  const names = failed.map(({ table }) => table).join(", ")
  return { status: 207, result: { tables }, error: `${failed.length} of ${tables.length} tables ${what}: ${names}` }
}

/** The reply to what is not there. */
export const notFound = (error: string): Reply => ({ status: 404, error })

/** The reply to a request that failed as a whole. */
export const errorReply = (error: ConnectorError): Reply => {
  const description = error.describe()
  return { status: statuses.get(error.code) ?? 500, result: { error: description }, error: description.message }
}

const statuses = new Map<string, number>([
  ["busy", 409],
  ["lease-lost", 409],
  ["storage-full", 507],
  ["invalid-config", 400],
])

/** The reply to a request on which this project itself failed. */
export const defectReply: Reply = errorReply(
  new ConnectorError({
    code: "unknown",
    message: "Replication failed by a defect of its own.",
    hint: "The log shows where (event defect); please report it.",
  }),
)

/** Turns away whoever is not the admin. */
export const forbidden = (): Response => json(403, { error: "Replication is for the admin token only." })

/** Encodes a reply by what its route declares for the status; throws where it is not as declared. */
export const encodeReply = ({ answers }: Route, reply: Reply): Response => {
  const status = answers[reply.status] === undefined ? 500 : reply.status
  const content = answers[status]
  const headers = reply.headers ?? {}
  if (content !== undefined && "empty" in content)
    return new Response(null, { status, headers: { ...corsHeaders, ...headers } })
  if (content !== undefined && "mediaType" in content) {
    return new Response(reply.body, {
      status,
      headers: { ...corsHeaders, "content-type": content.mediaType, ...headers },
    })
  }
  const isWithout = content === undefined || !("result" in content) || (content.mayLack && reply.result === undefined)
  if (isWithout) return json(status, { error: reply.error })
  // What is undefined has no place in JSON, and no limit is none.
  const plain: unknown = JSON.parse(JSON.stringify({ result: reply.result, error: reply.error }))
  return json(status, Schema.encodeUnknownSync(envelope(content.result))(plain), headers)
}

/** An answer in JSON. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { ...corsHeaders, "content-type": "application/json", ...headers },
  })

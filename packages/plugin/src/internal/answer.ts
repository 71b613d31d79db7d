import type { ConnectorError, TableResult } from "@starbase-replication/core"

/** An answer in StarbaseDB's form. */
export const answer = (status: number, result: unknown, error?: string): Response =>
  new Response(JSON.stringify({ result, error }), { status, headers: { "content-type": "application/json" } })

/** The answer to a run: 200 where every table succeeded, 207 where some failed. */
export const runAnswer = (tables: ReadonlyArray<TableResult>): Response => {
  const failed = tables.filter(({ error }) => error !== undefined)
  if (failed.length === 0) return answer(200, { tables })
  const names = failed.map(({ table }) => table).join(", ")
  return answer(207, { tables }, `${failed.length} of ${tables.length} tables failed: ${names}`)
}

/** The answer to a request that failed as a whole. */
export const errorAnswer = (error: ConnectorError): Response => {
  const description = error.describe()
  return answer(statuses.get(error.code) ?? 500, { error: description }, description.message)
}

const statuses = new Map<string, number>([
  ["busy", 409],
  ["invalid-config", 400],
])

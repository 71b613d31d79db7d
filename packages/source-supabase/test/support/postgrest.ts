import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import type { PostgresDatabase, SupabaseLite } from "@starbase-replication/test-servers"
import { type Condition, parseOrder, parseSelect, parseTree } from "./grammar.ts"

/** A server that reads tables as PostgREST does. */
export interface Postgrest {
  readonly url: string
  readonly stop: () => Promise<void>
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const operators: Readonly<Record<string, string>> = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" }

const render = (condition: Condition, table: string, values: Array<string>): string => {
  if ("all" in condition || "any" in condition) {
    const [parts, joint] = "all" in condition ? [condition.all, " AND "] : [condition.any, " OR "]
    return `(${parts.map((part) => render(part, table, values)).join(joint)})`
  }
  const field = `${table}.${quote(condition.field)}`
  const negation = condition.not ? "NOT " : ""
  if (condition.op === "is") return `${negation}${field} IS NULL`
  if (condition.op !== "in") return `${negation}${field} ${operators[condition.op]} $${values.push(condition.value)}`
  const { list } = condition
  if (list.length === 1 && list[0] === "") return `${negation}${field} = ANY ('{}')`
  const elements = list.map((value) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`)
  return `${negation}${field} = ANY ($${values.push(`{${elements.join(",")}}`)})`
}

/** The statement of a request, after PostgREST's SqlFragment.hs. */
const statement = (schema: string, name: string, parameters: URLSearchParams) => {
  const values: Array<string> = []
  const table = `${quote(schema)}.${quote(name)}`
  const fields = parseSelect(parameters.get("select") ?? "").map(({ alias, field, cast }) => {
    const column = field === "*" ? `${table}.*` : `${table}.${quote(field)}`
    return `${cast === undefined ? column : `CAST( ${column} AS ${cast} )`} AS ${quote(alias)}`
  })
  const tree = parameters.get("and")
  const order = parameters.get("order")
  const where = tree === null ? "" : ` WHERE ${render(parseTree(`and${tree}`), table, values)}`
  const sorted =
    order === null ? [] : parseOrder(order).map(({ field, direction }) => `${table}.${quote(field)} ${direction}`)
  const text =
    `SELECT ${fields.join(", ")} FROM ${table}${where}` +
    `${sorted.length === 0 ? "" : ` ORDER BY ${sorted.join(", ")}`} LIMIT ${Math.min(1000, Number(parameters.get("limit")))}`
  return { text: `SELECT coalesce(json_agg(_postgrest_t), '[]')::text FROM (${text}) _postgrest_t`, values }
}

/**
 * Starts a server that reads a request by PostgREST's own grammar, and answers with the JSON that PostgreSQL makes, where
 * lite knows no escaped quotes, takes quotes for a part of a name, and makes the JSON itself. The description of tables
 * is the one of the lite beside it.
 */
export const startPostgrest = async (database: PostgresDatabase, lite: SupabaseLite): Promise<Postgrest> => {
  const answer = async (request: IncomingMessage): Promise<readonly [number, string]> => {
    const url = new URL(request.url ?? "", "http://localhost")
    const table = decodeURIComponent(url.pathname.slice("/rest/v1/".length))
    if (table === "") {
      const { apikey = "", "accept-profile": profile = "public" } = request.headers
      const headers = { apikey: String(apikey), "accept-profile": String(profile) }
      const response = await fetch(`${lite.url}${request.url}`, { headers })
      return [response.status, await response.text()]
    }
    try {
      const { text, values } = statement(String(request.headers["accept-profile"] ?? "public"), table, url.searchParams)
      const [[rows] = []] = await database.query(text, values)
      return [200, String(rows)]
    } catch (error) {
      const { code = "PGRST100", message } = error as Error & { readonly code?: string }
      return [code.startsWith("57") ? 500 : 400, JSON.stringify({ code, message, details: null, hint: null })]
    }
  }
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) =>
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(body),
    )
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

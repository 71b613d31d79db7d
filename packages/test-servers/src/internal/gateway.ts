import { once } from "node:events"
import { createServer, type IncomingMessage, request as ask, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { SupabaseKeys } from "./supabaseKeys.ts"

/** A gateway that runs. */
export interface Gateway {
  readonly host: string
  readonly port: number
  /** The paths and queries that were asked for since the last call. */
  readonly takeRequests: () => ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

const host = "127.0.0.1"
const root = "/rest/v1/"

/** What the gateway itself answers: a status and a body. */
type Refusal = readonly [status: number, body: object]

/**
 * Starts a gateway before a PostgREST that listens on a socket. It does with keys what Supabase's does: a request needs
 * one that is known, whatever else it bears; an opaque key stands for a token of its role; the description of the
 * schema is for the service_role alone.
 */
export const startGateway = async (socket: string, find: SupabaseKeys["find"]): Promise<Gateway> => {
  const requests: Array<string> = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? "")
    const url = new URL(request.url ?? "", "http://localhost")
    const found = authorise(request, url, find)
    if ("refusal" in found) {
      const [status, body] = found.refusal
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
    } else {
      pass(request, response, socket, `/${url.pathname.slice(root.length)}${url.search}`, found.authorization)
    }
  }).listen(0, host)
  await once(server, "listening")
  return {
    host,
    port: (server.address() as AddressInfo).port,
    takeRequests: () => requests.splice(0),
    stop: async () => {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const authorise = (
  { headers }: IncomingMessage,
  { pathname, searchParams }: URL,
  find: SupabaseKeys["find"],
): { readonly authorization: string } | { readonly refusal: Refusal } => {
  if (!pathname.startsWith(root)) return { refusal: [404, { message: "no Route matched with those values" }] }
  const key = headers["apikey"] ?? searchParams.get("apikey") ?? undefined
  if (key === undefined) {
    return { refusal: [401, { message: "No API key found in request", hint: "No `apikey` request header was found." }] }
  }
  const found = find(String(key))
  if (found === undefined) {
    return { refusal: [401, { message: "Invalid API key", hint: "Double check your Supabase `apikey`" }] }
  }
  if (pathname === root && found.role !== "service_role") {
    return { refusal: [403, { message: "You cannot consume this service" }] }
  }
  const { authorization } = headers
  // A token of a user of the project takes the place of the key's.
  const isToken = authorization !== undefined && !/^Bearer sb_/i.test(authorization)
  return { authorization: isToken ? authorization : `Bearer ${found.token}` }
}

const pass = (
  request: IncomingMessage,
  response: ServerResponse,
  socketPath: string,
  path: string,
  authorization: string,
) => {
  const headers = { ...request.headers, authorization }
  const upstream = ask({ socketPath, path, method: request.method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
    answer.on("error", () => response.destroy())
  })
  upstream.on("error", () => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502, { "content-type": "application/json" }).end('{"message":"Bad gateway"}')
  })
  response.on("close", () => upstream.destroy())
  request.pipe(upstream)
}

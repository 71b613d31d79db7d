import type { Replicas } from "@starbase-replication/core/config"
import { answer } from "../answer.ts"
import type { Role } from "../auth.ts"
import type { Env } from "../Env.ts"
import { showFleet, steerFleet } from "./fleetRoutes.ts"
import { mint } from "./mint.ts"
import { parseName, regionReplica } from "./names.ts"
import { type From, nearest } from "./nearest.ts"
import { isQuery, serveReplica } from "./serveReplica.ts"

/** Where a request stands that is no replica's own. */
export interface Routed {
  readonly env: Env
  readonly context: Pick<ExecutionContext, "waitUntil">
  readonly role: Role
  readonly replicas: Replicas
}

const isOfFleet = /^\/(?:replicate\/)?replicas(?:\/|$)/

/** Answers what is about replicas, or is best answered by one; undefined where it is the hub's own affair. */
export const route = async (request: Request, routed: Routed): Promise<Response | undefined> => {
  const { role } = routed
  const { pathname } = new URL(request.url)
  if (role === "client") {
    if (isQuery(request)) return ofRegion(request, routed)
    return isOfFleet.test(pathname) ? answer({ error: "Replicas are for the admin token only." }, 403) : undefined
  }
  const [, encoded, path = ""] = /^\/replicas\/([^/]+)(\/.*)?$/.exec(pathname) ?? []
  if (encoded !== undefined) return ofReplica(request, encoded, path, routed)
  const { env } = routed
  if (request.method === "POST" && pathname === "/replicate/replicas/token") return mint(request, env)
  if (request.method === "POST" && pathname === "/replicate/replicas") return steerFleet(request, env)
  if (request.method === "GET" && pathname === "/replicate/replicas") return showFleet(new URL(request.url), env)
  return undefined
}

/** The region's replica that is the nearest to who asks; the hub while that is not loaded, was deleted, or is out of reach. */
const ofRegion = async (request: Request, { replicas, ...routed }: Routed): Promise<Response | undefined> => {
  const region = nearest(replicas.regions, (request.cf ?? {}) as From)
  if (region === undefined) return undefined
  const name = regionReplica(region)
  try {
    const response = await serveReplica(request.clone(), { ...routed, name, staleness: replicas.staleness })
    return response.status === 503 || response.status === 404 ? undefined : response
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(JSON.stringify({ level: "error", event: "region.failed", replica: name, message }))
    return undefined
  }
}

/** The admin reaches all that a replica has under its name. */
const ofReplica = async (
  request: Request,
  encoded: string,
  path: string,
  { replicas, ...routed }: Routed,
): Promise<Response> => {
  const name = decoded(encoded)
  const named = name === undefined ? undefined : parseName(name)
  if (named === undefined) return answer({ error: "There is no such replica." }, 404)
  const url = new URL(request.url)
  url.pathname = path
  return serveReplica(new Request(url, request), { ...routed, name: named.name, staleness: replicas.staleness })
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

import { FeedBody } from "@starbase-replication/hub/protocol"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { answer } from "../answer.ts"
import { wrongToken } from "../auth.ts"
import { parseName } from "./names.ts"
import { hubOf } from "./objects.ts"
import { type ForReplica, isQuery, serveReplica } from "./serveReplica.ts"
import type { Claimed } from "./token.ts"

const statusPath = "/replicate/status"
const feedPath = "/replicate/hub/feed"

const refused = () => answer({ error: "This token is for one replica, and for nothing else." }, 403)
const turnedAway = () => answer({ error: wrongToken.error }, wrongToken.status)

/** Answers who has the token of a replica: whose rows they are, the token says, and nothing else of the request. */
export const serveToken = async (
  request: Request,
  { name, scope, made }: Claimed,
  more: Pick<ForReplica, "context" | "env" | "staleness">,
): Promise<Response> => {
  const { pathname } = new URL(request.url)
  if (scope === "feed") {
    return request.method === "POST" && pathname === feedPath ? feed(request, name, made, more.env) : refused()
  }
  const asked = { ...more, name, made }
  if (isQuery(request)) return serveReplica(request, { ...asked, role: "client" })
  if (request.method !== "GET" || pathname !== statusPath) return refused()
  return withoutOthers(await serveReplica(plain(request), { ...asked, role: "admin" }))
}

/** Status alone is read with more rights than the token has: nothing of the request goes along. */
const plain = ({ url }: Request): Request => new Request(new URL(statusPath, url))

/** What the process was billed for is about all that it serves. */
const withoutOthers = async (response: Response): Promise<Response> => {
  if (response.status !== 200) return response
  const { result }: { result: Record<string, unknown> } = await response.json()
  const { billed: _billed, ...own } = result
  return answer({ result: own })
}

const decode = Schema.decodeUnknownOption(FeedBody)

/** Answers a replica elsewhere, with what is the token's. */
const feed = async (request: Request, name: string, made: number, env: ForReplica["env"]): Promise<Response> => {
  const named = parseName(name)
  if (named === undefined) return turnedAway()
  const body = Option.getOrUndefined(decode(await request.json().catch(() => undefined)))
  if (body === undefined) return answer({ error: "This is no request that a hub knows." }, 400)
  const { tenant } = body
  if (tenant !== undefined && (named.identity === "all" || named.identity.tenant !== tenant)) {
    return answer({ error: "This token does not replicate for that tenant." }, 403)
  }
  const fed = await hubOf(env).fleet.feed(name, made, body.request)
  return fed === undefined ? turnedAway() : answer({ result: fed })
}

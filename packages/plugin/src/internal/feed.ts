import { answerFeed, type Identity } from "@starbase-replication/hub"
import { FeedBody } from "@starbase-replication/hub/protocol"
import { fromRpc } from "@starbase-replication/sink-sqlite"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { StarbaseContext } from "../Starbase.ts"
import { done, encodeReply, json } from "./answer.ts"
import { onBilled } from "./billed.ts"
import type { Route } from "./routes/Route.ts"

/**
 * Says who asks to replicate from here, of a request that is not the admin's: by a token of the deployment's own, say. Undefined
 * turns it away.
 */
export type ReplicaOf = (context: StarbaseContext) => Identity | undefined | Promise<Identity | undefined>

const decode = Schema.decodeUnknownOption(FeedBody)

/** Answers one that replicates from here. The admin may ask as anybody; everybody else as who they are alone. */
export const serveFeed = async (
  route: Route,
  context: StarbaseContext,
  replicaOf: ReplicaOf | undefined,
): Promise<Response> => {
  const isAdmin = context.get("config").role === "admin"
  const own = isAdmin ? "all" : await identified(context, replicaOf)
  if (own === undefined) return refused("This token replicates nothing from here.")
  const body = Option.getOrUndefined(decode(await bodyOf(context)))
  if (body === undefined) return json(400, { error: "This is no request that a hub knows." })
  const { tenant, request } = body
  if (!isAdmin && tenant !== undefined && (own === "all" || own.tenant !== tenant)) {
    return refused("This token does not replicate for that tenant.")
  }
  const identity: Identity = tenant === undefined ? own : { tenant }
  const { rpc } = context.get("dataSource")
  return encodeReply(route, done(await answerFeed(fromRpc(rpc, onBilled), identity, request)))
}

const refused = (error: string): Response => json(403, { error })

/** One that fails to say who it is, is nobody. */
const identified = async (context: StarbaseContext, replicaOf: ReplicaOf | undefined) => {
  try {
    return await replicaOf?.(context)
  } catch {
    return undefined
  }
}

const bodyOf = async ({ req }: StarbaseContext): Promise<unknown> => {
  try {
    return await req.raw.json()
  } catch {
    return undefined
  }
}

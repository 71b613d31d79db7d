import {
  formatLag,
  lagHeader,
  maxStalenessHeader,
  parseStaleness,
  ReplicationPlugin,
} from "@starbase-replication/plugin"
import { answer } from "../answer.ts"
import { makeApp } from "../app.ts"
import { type Role, wrongToken } from "../auth.ts"
import type { Env } from "../Env.ts"
import { followed } from "../followed.ts"
import { hubOf, replicaOf } from "./objects.ts"
import { replicaOptions } from "./options.ts"

/** A request for one replica. */
export interface ForReplica {
  readonly env: Env
  readonly context: Pick<ExecutionContext, "waitUntil">
  readonly name: string
  /** Which of that name, where a token says so. */
  readonly made?: number
  readonly role: Role
  /** How old its rows may be where the request does not say, in milliseconds. */
  readonly staleness: number
}

/** The header that names the replica that has answered. */
export const replicaHeader = "X-Replica"

/** How long a reader waits for newer rows at most, and for the first ones. */
const waitMillis = 2000
const firstMillis = 20_000

/** A name as a header takes it: what is no printable character of ASCII is escaped as in a URL. */
const printable = (name: string): string => name.replaceAll(/[^\x21-\x7e]|%/gu, encodeURIComponent)

export const isQuery = (request: Request): boolean =>
  request.method === "POST" && /^\/query(?:\/raw)?$/.test(new URL(request.url).pathname)

/** Has one replica, and no other, answer a request as an instance of its own would. */
export const serveReplica = async (request: Request, asked: ForReplica): Promise<Response> => {
  const { context, env, made, name, role } = asked
  const replica = replicaOf(env, name)
  const opened = await replica.open(name, made)
  if (opened === undefined) {
    return made === undefined
      ? answer({ error: `There is no replica ${JSON.stringify(name)}.` }, 404)
      : answer({ error: wrongToken.error }, wrongToken.status)
  }
  const executionContext = followed(context)
  try {
    const lag = isQuery(request) ? await freshened(request, asked, opened.fresh) : undefined
    if (lag instanceof Response) return lag
    const send = async (feed: unknown) => hubOf(env).fleet.feed(name, opened.made, feed)
    const app = await makeApp({
      env,
      replica: opened,
      config: { role, features: { allowlist: false, rls: false } },
      dataSource: { rpc: opened, source: "internal", executionContext },
      plugins: [new ReplicationPlugin(replicaOptions(name, send))],
    })
    const response = await app.fetch(request)
    response.headers.set(replicaHeader, printable(name))
    if (lag !== undefined) response.headers.set(lagHeader, lag)
    // What was done from here, neither the object nor the hub knows.
    if (role === "admin" && request.method === "POST") context.waitUntil(replica.pullReplica(name, opened.made))
    return response
  } finally {
    context.waitUntil(executionContext.settled().then(() => opened[Symbol.dispose]()))
  }
}

/** Has the replica be as fresh as is asked, and tells its lag for the header; or why there is no answer. */
const freshened = async (
  request: Request,
  { staleness, made }: ForReplica,
  fresh: (maxStaleness: number, wait: number) => Promise<number | undefined>,
): Promise<Response | string> => {
  const asked = request.headers.get(maxStalenessHeader)
  const maxStaleness = asked === null ? staleness : parseStaleness(asked)
  if (maxStaleness === undefined) {
    const error = `${maxStalenessHeader} must be a duration such as "5s", "500ms" or "1 minute", not ${JSON.stringify(asked)}.`
    return answer({ error }, 400)
  }
  let freshAt = await fresh(maxStaleness, waitMillis)
  if (freshAt === 0) freshAt = await fresh(maxStaleness, firstMillis)
  if (freshAt === undefined) {
    return made === undefined
      ? answer({ error: "There is no such replica any more." }, 404)
      : answer({ error: wrongToken.error }, wrongToken.status)
  }
  if (freshAt === 0) {
    const loading = answer({ error: "The replica has not been loaded whole yet. Ask again." }, 503)
    loading.headers.set("Retry-After", "1")
    return loading
  }
  return formatLag(Date.now() - freshAt)
}

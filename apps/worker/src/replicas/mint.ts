import { DurationText, toMillis } from "@starbase-replication/core/source"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { answer } from "../answer.ts"
import type { Env } from "../Env.ts"
import { nameIs, parseName } from "./names.ts"
import { hubOf } from "./objects.ts"
import { Scope, secretProblem, signToken } from "./token.ts"

const Asked = Schema.Struct({
  replica: Schema.String,
  scope: Schema.optionalKey(Scope),
  expires: Schema.optionalKey(DurationText),
})
const decode = Schema.decodeUnknownOption(Asked, { onExcessProperty: "error" })

const defaultExpires = "1 hour"
const longestMillis = 366 * 86_400_000

const bodyIs = `The body must be { "replica": "tenant:42", "scope"?: "query" or "feed", "expires"?: "1 hour" }`

/** `POST /replicate/replicas/token`: a token for one replica, which is made by that where there was none yet. */
export const mint = async (request: Request, env: Env): Promise<Response> => {
  const problem = secretProblem(env)
  if (problem !== undefined) return answer({ error: problem }, 500)
  const asked = Option.getOrUndefined(decode(await request.json().catch(() => undefined)))
  if (asked === undefined) return answer({ error: `${bodyIs}.` }, 400)
  const { replica, scope = "query", expires = defaultExpires } = asked
  if (parseName(replica) === undefined) return answer({ error: `${bodyIs}; ${nameIs}.` }, 400)
  const millis = toMillis(expires)
  if (millis > longestMillis) return answer({ error: "expires: must be a year at most." }, 400)
  const made = await hubOf(env).fleet.make(replica)
  if (made === undefined) {
    const why = `${JSON.stringify(replica)} was deleted, or is none that the config has. To make it again: POST /replicate/replicas with "do": "make".`
    return answer({ error: why }, 409)
  }
  const until = Date.now() + millis
  const token = await signToken(env, { name: replica, scope, made }, until)
  if (token === undefined) return answer({ error: "No token could be signed." }, 500)
  return answer({
    result: { replica, scope, token, expiresAt: new Date(Math.floor(until / 1000) * 1000).toISOString() },
  })
}

import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { answer } from "../answer.ts"
import type { Env } from "../Env.ts"
import { nameIs } from "./names.ts"
import { hubOf } from "./objects.ts"
import { sweepFor } from "./sweep.ts"

const Asked = Schema.Union([
  Schema.Struct({
    do: Schema.Literals(["make", "refresh", "delete"]),
    replicas: Schema.Union([Schema.Literal("all"), Schema.Array(Schema.String)]),
  }),
  Schema.Struct({ do: Schema.Literal("continue") }),
])
const decode = Schema.decodeUnknownOption(Asked, { onExcessProperty: "error" })

/** For so long a request itself works, where there is no workflow to do it. */
const workMillis = 15_000

const bodyIs = `The body must be { "do": "make", "refresh" or "delete", "replicas": ["tenant:42", …] or "all" }, or { "do": "continue" }.`

/** `GET /replicate/replicas`: all replicas summed up, or with `?replica=` one of them. */
export const showFleet = async (url: URL, env: Env): Promise<Response> => {
  const { fleet } = hubOf(env)
  const name = url.searchParams.get("replica")
  if (name === null) return answer({ result: await fleet.summary() })
  const one = await fleet.one(name)
  return one === undefined
    ? answer({ error: `There is no replica ${JSON.stringify(name)}.` }, 404)
    : answer({ result: one })
}

/** `POST /replicate/replicas`: makes, refreshes or deletes many. A workflow does it, or the request as far as it comes. */
export const steerFleet = async (request: Request, env: Env): Promise<Response> => {
  const asked = Option.getOrUndefined(decode(await request.json().catch(() => undefined)))
  if (asked === undefined) return answer({ error: bodyIs }, 400)
  const { fleet } = hubOf(env)
  const begun = asked.do === "continue" ? { asked: 0, refused: [] } : await fleet.begin(asked.do, asked.replicas)
  const { refused } = begun
  const problem =
    refused.length === 0
      ? {}
      : { error: `${refused.length} are not there, or are none: ${refused.slice(0, 3).join(", ")}; ${nameIs}.` }
  if (env.REPLICA_WORKFLOW !== undefined) {
    const { id } = await env.REPLICA_WORKFLOW.create()
    await fleet.sweptBy(id)
    return answer({ result: { ...begun, workflow: id }, ...problem })
  }
  return answer({ result: { ...begun, ...(await sweepFor(env, workMillis)) }, ...problem })
}

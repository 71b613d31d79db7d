import type { Env } from "../Env.ts"
import { parseName } from "./names.ts"

type Namespace = Pick<Env, "REPLICA">

/** The object that pulls the sources, and from which all others replicate. */
export const hubId = ({ REPLICA }: Namespace): DurableObjectId => REPLICA.idFromName("replica")

/** The object of a replica. No other name leads to it, nor does its name lead to another one. */
export const replicaId = ({ REPLICA }: Namespace, name: string): DurableObjectId =>
  REPLICA.idFromName(`replica/${name}`)

export const hubOf = ({ REPLICA, REGION }: Pick<Env, "REPLICA" | "REGION">) => {
  const isPlaced = REGION !== undefined && REGION !== "" && REGION !== "auto"
  return REPLICA.get(hubId({ REPLICA }), isPlaced ? { locationHint: REGION as DurableObjectLocationHint } : {})
}

/** A region's replica is made where that is, a tenant's near whoever asks for it first; neither is ever moved. */
export const replicaOf = (env: Namespace, name: string) => {
  const region = parseName(name)?.region
  const hint = region === undefined ? {} : { locationHint: region as DurableObjectLocationHint }
  return env.REPLICA.get(replicaId(env, name), hint)
}

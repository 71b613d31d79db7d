import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { sign, verify } from "hono/utils/jwt/jwt"
import type { Env } from "../Env.ts"

/** `query` reads the replica here; `feed` is for a replica elsewhere, which pulls from this hub. */
export const Scope = Schema.Literals(["query", "feed"])
export type Scope = typeof Scope.Type

const Claims = Schema.Struct({
  aud: Schema.Literal("starbase-replication"),
  /** The name of the one replica that it is for. */
  sub: Schema.String,
  scope: Scope,
  /** Which of those that had this name: what is deleted and made again has another number. */
  made: Schema.Int,
  /** In seconds since 1970. */
  exp: Schema.Finite,
})

/** What a token says that is one of ours and still holds. */
export interface Claimed {
  readonly name: string
  readonly scope: Scope
  readonly made: number
}

const algorithm = "HS256"
const audience = "starbase-replication"
const shortest = 32

type Keys = Pick<Env, "REPLICA_TOKEN_SECRET">

/** What keeps tokens from being made; undefined where nothing does. */
export const secretProblem = ({ REPLICA_TOKEN_SECRET: secret = "" }: Keys): string | undefined => {
  if (secret === "") return "No REPLICA_TOKEN_SECRET is set. Set one with `wrangler secret put REPLICA_TOKEN_SECRET`."
  if (secret.length < shortest) return `REPLICA_TOKEN_SECRET must have ${shortest} characters at least.`
  return undefined
}

const secretOf = (env: Keys): string | undefined =>
  secretProblem(env) === undefined ? env.REPLICA_TOKEN_SECRET : undefined

/** Signs a token that holds until a time, in milliseconds since 1970; undefined where there is no secret for it. */
export const signToken = async (
  env: Keys,
  { name, scope, made }: Claimed,
  until: number,
): Promise<string | undefined> => {
  const secret = secretOf(env)
  if (secret === undefined) return undefined
  const claims = { aud: audience, sub: name, scope, made, exp: Math.floor(until / 1000) } as const
  return sign(claims, secret, algorithm)
}

const decode = Schema.decodeUnknownOption(Claims)

/** What a token says; undefined where it is not ours, was changed, or holds no longer. */
export const readToken = async (env: Keys, token: string): Promise<Claimed | undefined> => {
  const secret = secretOf(env)
  if (secret === undefined || token.split(".").length !== 3) return undefined
  try {
    const claims = Option.getOrUndefined(decode(await verify(token, secret, { alg: algorithm, aud: audience })))
    return claims && { name: claims.sub, scope: claims.scope, made: claims.made }
  } catch {
    return undefined
  }
}

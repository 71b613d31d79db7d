import type { Env } from "./Env.ts"
import { type Claimed, readToken } from "./replicas/token.ts"

export type Role = "admin" | "client"

/** Whose token a request carries, or the status and words with which to turn it away. */
export type Authentication =
  | { readonly role: Role }
  | { readonly role: "replica"; readonly claimed: Claimed }
  | { readonly status: 400 | 401 | 500; readonly error: string }

/** What everybody is told whose token is not taken, whatever is wrong with it. */
export const wrongToken = { status: 400, error: "Unauthorized request" } as const

const digest = async (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))

/** Takes the same time whatever the tokens have in common. */
const isSame = async (given: string, expected: string | undefined): Promise<boolean> =>
  expected !== undefined &&
  expected !== "" &&
  crypto.subtle.timingSafeEqual(await digest(given), await digest(expected))

/** Tells the role from the bearer token: none answers 401 and a wrong one 400, as StarbaseDB does. */
export const authenticate = async (request: Request, env: Env): Promise<Authentication> => {
  if (!env.ADMIN_AUTHORIZATION_TOKEN && !env.CLIENT_AUTHORIZATION_TOKEN) {
    return { status: 500, error: "No token is set. Set ADMIN_AUTHORIZATION_TOKEN with `wrangler secret put`." }
  }
  const token = request.headers.get("Authorization")?.replace(/^Bearer(?:\s+|$)/i, "")
  if (!token) return { status: 401, error: "Unauthorized request" }
  if (await isSame(token, env.ADMIN_AUTHORIZATION_TOKEN)) return { role: "admin" }
  if (await isSame(token, env.CLIENT_AUTHORIZATION_TOKEN)) return { role: "client" }
  const claimed = await readToken(env, token)
  return claimed === undefined ? wrongToken : { role: "replica", claimed }
}

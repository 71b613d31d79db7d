import { createHmac, randomBytes } from "node:crypto"

/** The keys of a Supabase project, and what its gateway makes of them. */
export interface SupabaseKeys {
  /** What signs the tokens. */
  readonly jwtSecret: string
  readonly secretKey: string
  readonly publishableKey: string
  /** The older key that does what the secret one does: a token of the role service_role. */
  readonly serviceRoleKey: string
  /** The older key that does what the publishable one does: a token of the role anon. */
  readonly anonKey: string
  /** The role of a key, and the token that PostgREST takes for it; undefined for a key that is none of these. */
  readonly find: (key: string) => { readonly role: string; readonly token: string } | undefined
}

/** The two newer keys, which are no tokens. */
export const opaqueKeys = {
  publishable: "sb_publishable_pK0thisIsNoSecret",
  secret: "sb_secret_sK1theTestsLookForThisOne",
}

/** Makes the keys of a project of its own. */
export const makeKeys = (): SupabaseKeys => {
  const jwtSecret = randomBytes(32).toString("hex")
  const serviceRoleKey = signToken({ iss: "supabase", role: "service_role" }, jwtSecret)
  const anonKey = signToken({ iss: "supabase", role: "anon" }, jwtSecret)
  const secret = { role: "service_role", token: serviceRoleKey }
  const publishable = { role: "anon", token: anonKey }
  const known = new Map([
    [opaqueKeys.secret, secret],
    [serviceRoleKey, secret],
    [opaqueKeys.publishable, publishable],
    [anonKey, publishable],
  ])
  return {
    jwtSecret,
    secretKey: opaqueKeys.secret,
    publishableKey: opaqueKeys.publishable,
    serviceRoleKey,
    anonKey,
    find: (key) => known.get(key),
  }
}

/** Signs a token, as HS256. */
export const signToken = (claims: Readonly<Record<string, unknown>>, secret: string): string => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`
}

import { type Identity, tenantProblem } from "@starbase-replication/hub"

/** What a replica's name says: whose rows it has, or in which region it has all that everybody gets. */
export interface Named {
  /** `tenant:` and the tenant's name, or `region:` and Cloudflare's name of the region. */
  readonly name: string
  readonly identity: Identity
  /** The region, of a replica that has all. */
  readonly region: string | undefined
}

/** A Durable Object's name takes so many bytes, with some left for what stands before it. */
const longest = 900

const tenantPrefix = "tenant:"
const regionPrefix = "region:"

/** Reads a replica's name; undefined where it is none. */
export const parseName = (name: string): Named | undefined => {
  if (new TextEncoder().encode(name).length > longest) return undefined
  if (name.startsWith(tenantPrefix)) {
    const tenant = name.slice(tenantPrefix.length)
    return tenantProblem(tenant) === undefined ? { name, identity: { tenant }, region: undefined } : undefined
  }
  const region = name.startsWith(regionPrefix) ? name.slice(regionPrefix.length) : ""
  return /^[a-z][a-z0-9-]{0,31}$/.test(region) ? { name, identity: "all", region } : undefined
}

export const tenantReplica = (tenant: string): string => tenantPrefix + tenant
export const regionReplica = (region: string): string => regionPrefix + region

/** What names are, for those who give others. */
export const nameIs = 'a replica is named "tenant:" and the tenant\'s name, or "region:" and the region\'s'

import type { Identity } from "../Identity.ts"
import type { Fed } from "./catalog.ts"
import { identifier, literal } from "./quote.ts"

/** A tenant's name in the log; what everybody gets stands there under an empty one. */
export const nameInLog = (tenant: string): string => `t${tenant}`

const logged = (tenant: string): string => literal(nameInLog(tenant))

/**
 * The condition that a row, called by `row`, is one that whoever asks may have; undefined where all are. It holds for the very
 * text of the value alone, of whatever class it is stored: the first half is for an index, the second one decides.
 */
export const mayHave = (fed: Fed, identity: Identity, row: string): string | undefined => {
  const { tenant: column } = fed
  if (column === null || identity === "all") return undefined
  const value = `${row}.${identifier(column)}`
  const { tenant } = identity
  const text = literal(tenant)
  // A column that is declared takes the text for what it would store of it. One form alone has its rows in the order of their keys.
  const isDeclared = fed.columns.find(({ name }) => name === column)?.declared !== ""
  const isInteger = !isDeclared && /^-?[0-9]{1,19}$/.test(tenant)
  const found = isInteger ? `${value} IN (${text}, CAST(${text} AS INTEGER))` : `${value} = ${text}`
  const exact = `CASE typeof(${value}) WHEN 'text' THEN ${value} WHEN 'integer' THEN CAST(${value} AS TEXT) END`
  return `${found} AND (${exact}) = ${text} COLLATE BINARY`
}

/** Walks from tenant to tenant by the log's key, of which seq is the second column: `tenants`, whose last row is NULL. */
export const walkTenants = `WITH RECURSIVE tenants(tenant) AS (
    SELECT min(tenant) FROM tmp_replication_changes
    UNION ALL SELECT (SELECT min(c.tenant) FROM tmp_replication_changes c WHERE c.tenant > tenants.tenant)
    FROM tenants WHERE tenants.tenant IS NOT NULL)`

const everyTenant = `${walkTenants} SELECT tenant FROM tenants WHERE tenant IS NOT NULL`

/** The condition that an entry of the log is about what whoever asks has, or had. */
export const isLoggedFor = (identity: Identity, tenant: string): string =>
  identity === "all" ? `${tenant} IN (${everyTenant})` : `${tenant} IN ('', ${logged(identity.tenant)})`

/** Closes the open seq where something stands under it for whoever asks, so that it is final. */
export const close = (identity: Identity): string =>
  `UPDATE tmp_replication_hub SET seq = seq + 1 WHERE EXISTS (
    SELECT 1 FROM tmp_replication_changes AS e WHERE ${isLoggedFor(identity, "e.tenant")} AND e.seq = tmp_replication_hub.seq)`

/** The expression of the highest seq under which something stands for whoever asks. */
export const lastSeq = (identity: Identity): string => {
  const of = (tenant: string) =>
    `ifnull((SELECT max(e.seq) FROM tmp_replication_changes AS e WHERE e.tenant = ${tenant}), 0)`
  return identity === "all" ? "seq - 1" : `max(${of("''")}, ${of(logged(identity.tenant))})`
}

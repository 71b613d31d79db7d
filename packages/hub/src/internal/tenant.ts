import type { Identity } from "../Identity.ts"
import type { Fed } from "./catalog.ts"
import { identifier, literal } from "./quote.ts"

/** A tenant's name in the log. */
const logged = (tenant: string): string => literal(`t${tenant}`)

/**
 * The condition that a row, called by `row`, is one that whoever asks may have; undefined where all are. It holds for the very
 * text of the value alone, of whatever class it is stored: the first half is for an index, the second one decides.
 */
export const mayHave = ({ tenant: column }: Fed, identity: Identity, row: string): string | undefined => {
  if (column === null || identity === "all") return undefined
  const value = `${row}.${identifier(column)}`
  const { tenant } = identity
  const forms = [literal(tenant), ...(/^-?[0-9]{1,18}$/.test(tenant) ? [`CAST(${literal(tenant)} AS INTEGER)`] : [])]
  const exact = `CASE typeof(${value}) WHEN 'text' THEN ${value} WHEN 'integer' THEN CAST(${value} AS TEXT) END`
  return `${value} IN (${forms.join(", ")}) AND (${exact}) = ${literal(tenant)} COLLATE BINARY`
}

/** Walks from tenant to tenant by the log's key, of which seq is the second column. */
const everyTenant = `WITH RECURSIVE tenants(tenant) AS (
    SELECT min(tenant) FROM tmp_replication_changes
    UNION ALL SELECT (SELECT min(c.tenant) FROM tmp_replication_changes c WHERE c.tenant > tenants.tenant)
    FROM tenants WHERE tenants.tenant IS NOT NULL)
  SELECT tenant FROM tenants WHERE tenant IS NOT NULL`

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

import type { Row, TableName } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import { uncached } from "./sql.ts"

/**
 * How many rows a table and all that inherits from it had when they were last analyzed, as PostgreSQL notes it; NULL where
 * one of them never was.
 */
export const estimateStatement = ({ schema, name }: Required<TableName>): Statement => ({
  text: `
    WITH RECURSIVE held AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${uncached} AND n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'm', 'f')
      UNION
      SELECT i.inhrelid FROM held h JOIN pg_inherits i ON i.inhparent = h.oid
    )
    SELECT CASE WHEN min(c.reltuples) >= 0 THEN sum(c.reltuples::numeric)::bigint::text END
    FROM held h JOIN pg_class c ON c.oid = h.oid WHERE c.relkind <> 'p'`,
  values: [schema, name],
})

/** What an {@link estimateStatement}'s rows say. */
export const estimateIn = ([row]: ReadonlyArray<Row>): number | undefined => {
  const told = row?.[0] ?? undefined
  return told === undefined ? undefined : Number(told)
}

import type { Column, Row, TableName } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import { uncached } from "./sql.ts"

/**
 * Whether an index begins with a column, in which blocks its sequence hands out numbers, and whether rows come of another
 * server, directly or through views, partitions and children.
 */
export const cautionsStatement = ({ schema, name }: Required<TableName>, { name: column }: Column): Statement => ({
  text: `
    WITH RECURSIVE behind AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
      UNION
      SELECT found.oid FROM behind b CROSS JOIN LATERAL (
        SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = b.oid
        UNION ALL
        SELECT d.refobjid FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE r.ev_class = b.oid AND d.refclassid = 'pg_class'::regclass
      ) found
    )
    SELECT (c.relkind IN ('v', 'f') OR EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum
      ))::text, (
        SELECT max(s.seqcache)::text
        FROM pg_depend d
        JOIN pg_depend u ON u.classid = 'pg_attrdef'::regclass AND u.objid = d.objid AND u.refclassid = 'pg_class'::regclass
        JOIN pg_sequence s ON s.seqrelid = u.refobjid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
      ), (
        SELECT max(s.seqcache)::text
        FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
      ), EXISTS (SELECT FROM behind b JOIN pg_class f ON f.oid = b.oid WHERE f.relkind = 'f')::text
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE ${uncached} AND n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND c.relkind IN ('r', 'p', 'm', 'v', 'f')`,
  values: [schema, name, column],
})

/** What a {@link cautionsStatement}'s rows say. */
export const cautionsIn = ([row]: ReadonlyArray<Row>): ReadonlyArray<string> => {
  if (row === undefined) return []
  const [isIndexed, used, owned, isElsewhere] = row
  const block = Math.max(Number(used ?? 1), Number(owned ?? 1))
  return [
    ...(isIndexed === "true"
      ? []
      : ["has no index that begins with it, so that each pull looks through the whole table"]),
    ...(block > 1
      ? [`takes numbers from a sequence that hands them out in blocks of ${block}, so that a lower one may come later`]
      : []),
    ...(isElsewhere === "true"
      ? [
          "comes of another server, whose open transactions do not show here: late commits are found within the overlap alone",
        ]
      : []),
  ]
}

import type { TableName } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import { uncached } from "./sql.ts"

/** The columns of a table's indexes, and of the foreign keys that it declares, each in their order; no row for a view. */
export const structureStatement = ({ schema, name }: Required<TableName>): Statement => ({
  text: `
    WITH wanted AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${uncached} AND n.nspname = $1 AND c.relname = $2
    )
    SELECT kind, name, col, third, fourth, fifth FROM (
      SELECT 'i' AS kind, x.relname::text AS name, a.attname::text AS col,
        CASE WHEN m.amname <> 'btree' THEN 'is of the method ' || m.amname
          WHEN NOT i.indisvalid THEN 'is not valid'
          WHEN i.indpred IS NOT NULL THEN 'is of some rows only'
          WHEN i.indexprs IS NOT NULL THEN 'is over an expression' END AS third,
        (k.option & 1)::text AS fourth, NULL::text AS fifth, k.place
      FROM wanted w
      JOIN pg_index i ON i.indrelid = w.oid
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_am m ON m.oid = x.relam
      CROSS JOIN unnest(i.indkey, i.indoption) WITH ORDINALITY AS k (attnum, option, place)
      LEFT JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum = k.attnum AND k.attnum > 0
      WHERE k.place <= i.indnkeyatts
      UNION ALL
      SELECT 'f', f.conname::text, a.attname::text, n.nspname::text, c.relname::text, b.attname::text, k.place
      FROM wanted w
      JOIN pg_constraint f ON f.conrelid = w.oid AND f.contype = 'f'
      JOIN pg_class c ON c.oid = f.confrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (attnum, refnum, place)
      JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum = k.attnum
      JOIN pg_attribute b ON b.attrelid = c.oid AND b.attnum = k.refnum
    ) AS parts
    ORDER BY kind, name, place`,
  values: [schema, name],
})

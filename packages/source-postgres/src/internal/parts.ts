import type { Since } from "@starbase-replication/core/source"
import { arrayLiteral } from "./arrays.ts"

/**
 * `held`: of each wanted table all that holds its rows, itself or what inherits from it, however deep. Rows tell who wrote
 * them by `xmin`, where PostgreSQL's own storage holds them: foreign tables have none, other storages and Timescale's
 * compressed chunks need not.
 */
export const held = `held AS (
      SELECT oid AS root, oid, '' AS attached FROM wanted WHERE relkind IN ('r', 'p', 'm')
      UNION
      SELECT h.root, i.inhrelid, concat(h.attached, '.', i.xmin) FROM held h JOIN pg_inherits i ON i.inhparent = h.oid
    ), stored AS (
      SELECT h.root, h.attached, c.oid, c.relfilenode, c.relname, c.relkind = 'p' AS is_empty,
        c.relkind <> 'p' AND (
          c.relkind = 'f' OR n.nspname = '_timescaledb_internal'
          OR NOT EXISTS (SELECT FROM pg_am m WHERE m.oid = c.relam AND m.amname = 'heap')) AS is_foreign
      FROM held h JOIN pg_class c ON c.oid = h.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    )`

/**
 * The parts of a wanted table `w` as a JSON array, or why it has none. Each is its id and, where it was written anew or
 * attached, its file and who attached it: one that was away for a while is another one, because a sweep may have missed it.
 */
export const parts = `CASE
        WHEN w.relkind = 'v' THEN to_json('is a view'::text)
        WHEN w.relkind = 'f' THEN to_json('is a foreign table'::text)
        WHEN NOT (has_column_privilege(w.oid, 'xmin', 'SELECT') AND has_column_privilege(w.oid, 'tableoid', 'SELECT'))
          THEN to_json('grants this user single columns only'::text)
        WHEN row_security_active(w.oid) THEN to_json('has policies that may show rows which nobody wrote since'::text)
        ELSE coalesce((
          SELECT to_json('has rows in ' || min(s.relname) || ', which keeps them in another way than tables do')
          FROM stored s WHERE s.root = w.oid AND s.is_foreign HAVING count(*) > 0
        ), (
          SELECT json_agg(CASE WHEN s.relfilenode = s.oid AND s.attached = '' THEN s.oid::text
            ELSE concat(s.oid, '.', s.relfilenode, s.attached) END ORDER BY s.oid)
          FROM stored s WHERE s.root = w.oid AND NOT s.is_empty
        ), '[]')
      END`

/**
 * Rows that a transaction wrote which is as young as the one with this id, or younger. Ids have 32 bits here, so that their
 * ages are compared: the source is never asked so for an id that is 2^31 transactions old, see `Transactions.horizon`. A
 * row that is older keeps the id as which it was frozen, whose age looks negative for as long again.
 */
export const writtenSince = (
  { id, parts: known }: Since,
  now: ReadonlyArray<string>,
  bind: (value: string) => string,
): string => {
  const xid = String(BigInt.asUintN(32, BigInt(id)))
  const age = "pg_catalog.age(t.xmin)"
  const young = `${age} OPERATOR(pg_catalog.<=) pg_catalog.age(${bind(xid)}::pg_catalog.xid) AND ${age} OPERATOR(pg_catalog.>=) 0`
  const added = now.filter((part) => !known.includes(part)).map((part) => part.split(".")[0] ?? part)
  if (added.length === 0) return young
  return `(${young} OR t.tableoid OPERATOR(pg_catalog.=) ANY(${bind(arrayLiteral(added))}::pg_catalog.oid[]))`
}

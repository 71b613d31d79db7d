import { freeName, type Row, type TableName, type TableSchema } from "@starbase-replication/core/source"
import { columnType } from "@starbase-replication/postgres-values"
import type { Statement } from "@starbase-replication/sql-source"
import * as Schema from "effect/Schema"
import { arrayLiteral } from "./arrays.ts"
import { quote, uncached } from "./sql.ts"
import { columnShape, identity, isUnordered, shapes } from "./shapes.ts"
import { held, parts } from "./parts.ts"
import { noteTraits, Traits } from "./traits.ts"
import { inFlight } from "./transactions.ts"

/**
 * Lists what the user may read in a schema. Partitions are read through their table, and what an extension made is
 * part of it and not of anybody's data.
 */
export const listStatement = (schema: string): Statement => ({
  text: `
    SELECT c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${uncached} AND n.nspname = $1 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
      AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname`,
  values: [schema],
})

/** The tables of a {@link listStatement}'s rows. */
export const listed = (schema: string, rows: ReadonlyArray<Row>): ReadonlyArray<TableName> =>
  rows.map(([name]) => ({ schema, name: name ?? "" }))

/** The columns of the unique index that serves best as a key of a table of `wanted`. */
const uniqueIndex = ({ mayBeNull }: { readonly mayBeNull: boolean }): string => `
        SELECT (
            SELECT json_agg(c.attname ORDER BY k.place)
            FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
            JOIN columns c ON c.attrelid = w.oid AND c.attnum = k.attnum
            WHERE k.place <= i.indnkeyatts)
        FROM pg_index i
        JOIN pg_class x ON x.oid = i.indexrelid
        JOIN pg_am m ON m.oid = x.relam
        WHERE i.indrelid = w.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (i.indisprimary OR (i.indimmediate AND m.amname = 'btree'))
          AND NOT (w.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = w.oid))
          AND NOT EXISTS (
            SELECT
            FROM unnest(i.indkey, i.indclass, i.indcollation) WITH ORDINALITY AS k (attnum, opclass, "collation", place)
            JOIN columns c ON c.attrelid = w.oid AND c.attnum = k.attnum
            JOIN pg_opclass o ON o.oid = k.opclass
            WHERE k.place <= i.indnkeyatts AND (
              ${mayBeNull ? "" : "c.nullable OR "}NOT EXISTS (SELECT FROM pg_opclass f WHERE f.opcfamily = o.opcfamily AND f.opcdefault)
              OR (k."collation" <> c.attcollation AND EXISTS (
                SELECT FROM pg_collation l WHERE l.oid = c.attcollation AND NOT l.collisdeterministic))))
        ORDER BY i.indisprimary DESC, i.indnkeyatts, x.relname
        LIMIT 1`

/**
 * Describes tables: one row for each that is there, its columns and key as JSON. Domains appear as the types they
 * stand for. A NOT NULL that was never validated does not count, nor does a key that other tables inherit, since it
 * says nothing of their rows. A unique index serves as a key where its notion of equal is that of the columns' order.
 *
 * A row at place 0 tells which transactions are in flight. It stands in a column of JSON: one of type name would cut it at
 * 63 bytes.
 */
export const describeStatement = (names: ReadonlyArray<Required<TableName>>): Statement => ({
  text: `
    WITH RECURSIVE domains AS (
      SELECT oid, typbasetype AS base, typtypmod AS modifier FROM pg_type WHERE typtype = 'd'
      UNION ALL
      SELECT d.oid, t.typbasetype, greatest(d.modifier, t.typtypmod)
      FROM domains d JOIN pg_type t ON t.oid = d.base AND t.typtype = 'd'
    ), based AS (
      SELECT d.* FROM domains d JOIN pg_type t ON t.oid = d.base AND t.typtype <> 'd'
    ), wanted AS (
      SELECT w.place, c.oid, n.nspname, c.relname, c.relkind
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (nspname, relname, place)
      JOIN pg_namespace n ON n.nspname = w.nspname
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relname
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ), ${shapes}, ${held}, columns AS (
      SELECT a.attrelid, a.attnum, a.attname, a.attcollation,
        CASE WHEN e.oid IS NULL THEN format_type(t.oid, coalesce(d.modifier, a.atttypmod))
          ELSE format_type(e.base, e.modifier) || '[]' END AS type,
        NOT a.attnotnull OR EXISTS (
          SELECT FROM pg_constraint k
          WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)
        ) AS nullable,
        ${columnShape} AS shape,
        json_build_object(
          'sent', t.oid::bigint, 'table', a.attrelid::bigint, 'delimiter', l.typdelim,
          'closed', CASE WHEN NOT has_schema_privilege(t.typnamespace, 'USAGE') THEN t.typnamespace::regnamespace END,
          'unordered', ${isUnordered}
        ) AS traits
      FROM pg_attribute a
      LEFT JOIN based d ON d.oid = a.atttypid
      JOIN pg_type t ON t.oid = coalesce(d.base, a.atttypid)
      LEFT JOIN based e ON e.oid = t.typelem AND t.typinput = 'array_in'::regproc
      LEFT JOIN pg_type l ON l.oid = t.typelem AND t.typinput = 'array_in'::regproc
      LEFT JOIN pg_attrdef g ON g.adrelid = a.attrelid AND g.adnum = a.attnum AND a.attgenerated <> ''
      LEFT JOIN facts f ON f.root = a.atttypid
      WHERE a.attrelid IN (SELECT oid FROM wanted) AND a.attnum > 0 AND NOT a.attisdropped
    )
    SELECT w.place, w.nspname, w.relname, w.relkind, (
        SELECT json_agg(json_build_array(c.attname, c.type, c.nullable, c.shape, c.traits) ORDER BY c.attnum)
        FROM columns c WHERE c.attrelid = w.oid
      ), (
        ${uniqueIndex({ mayBeNull: false })}
      ), ${identity}, ${parts}, json_build_object(
        'nullable', (
          ${uniqueIndex({ mayBeNull: true })}
        ),
        'takes', w.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = w.oid))
    FROM wanted w
    WHERE ${uncached}
    UNION ALL SELECT 0, NULL, NULL, NULL, ${inFlight}, NULL, NULL, NULL, NULL`,
  values: [arrayLiteral(names.map(({ schema }) => schema)), arrayLiteral(names.map(({ name }) => name))],
})

/** The rows of a {@link describeStatement}: those of the tables, and the text about transactions. */
export const splitInFlight = (
  rows: ReadonlyArray<Row>,
): { readonly tables: ReadonlyArray<Row>; readonly inFlight: string | null } => ({
  tables: rows.filter(([place]) => place !== "0"),
  inFlight: rows.find(([place]) => place === "0")?.[4] ?? null,
})

const Columns = Schema.fromJsonString(
  Schema.Array(Schema.Tuple([Schema.String, Schema.String, Schema.Boolean, Schema.String, Traits])),
)
const Key = Schema.fromJsonString(Schema.Array(Schema.String))
const decodeColumns = Schema.decodeSync(Columns)
const decodeKey = Schema.decodeSync(Key)
const Written = Schema.fromJsonString(Schema.Union([Schema.String, Schema.Array(Schema.String)]))
const decodeWritten = Schema.decodeSync(Written)

const toWritten = (written: typeof Written.Type): Pick<TableSchema, "parts" | "untold"> =>
  typeof written === "string" ? { untold: written } : { parts: written }

const Keyless = Schema.fromJsonString(
  Schema.Struct({ nullable: Schema.NullOr(Schema.Array(Schema.String)), takes: Schema.Boolean }),
)
const decodeKeyless = Schema.decodeSync(Keyless)

/** What there is in the place of a key, or could be. */
const toKeyless = (
  { schema, name }: Required<TableName>,
  columns: typeof Columns.Type,
  text: string | null | undefined,
): Pick<TableSchema, "nullableKey" | "addKey"> => {
  const { nullable, takes } = decodeKeyless(text ?? '{"nullable":null,"takes":false}')
  const added = freeName(columns.map(([column]) => column))
  const addKey = `ALTER TABLE ${quote(schema)}.${quote(name)} ADD COLUMN ${quote(added)} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
  return { ...(nullable === null ? {} : { nullableKey: nullable }), ...(takes ? { addKey } : {}) }
}

/** The tables of a {@link describeStatement}'s rows, in the order of `names`. */
export const described = (
  names: ReadonlyArray<TableName>,
  rows: ReadonlyArray<Row>,
): ReadonlyArray<TableSchema | undefined> => {
  const tables = new Map(
    rows.map(([place, schema, name, kind, columns, index, identity, written, keyless]): [string, TableSchema] => {
      const found = decodeColumns(columns ?? "[]")
      const key = decodeKey(index ?? "[]")
      return [
        place ?? "",
        {
          name: { schema: schema ?? "", name: name ?? "" },
          kind: kind === "v" || kind === "m" ? "view" : "table",
          columns: found.map(([column, sourceType, nullable, shape, traits]) =>
            noteTraits({ name: column, type: columnType(sourceType), sourceType, nullable, shape }, traits),
          ),
          key,
          ...(key.length > 0 ? {} : toKeyless({ schema: schema ?? "", name: name ?? "" }, found, keyless)),
          identity: identity ?? "",
          ...toWritten(decodeWritten(written ?? "[]")),
        },
      ]
    }),
  )
  return names.map((_, index) => tables.get(String(index + 1)))
}

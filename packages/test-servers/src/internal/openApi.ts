import type { PostgresDatabase } from "../PostgresServer.ts"

/** What the document says of a column, as the catalog has it. */
interface Described {
  readonly table: string
  readonly writable: boolean
  readonly column: string
  readonly description: string | null
  readonly nullable: boolean
  readonly type: string
  readonly maxLength: number | null
  readonly isKey: boolean
}

/**
 * The columns of all tables and views of a schema that a role has any privilege on, by the rules of PostgREST: types
 * without modifiers where they are the system's, domains as what they stand for, keys of views not traced.
 */
const catalog = `
  WITH RECURSIVE bases AS (
    SELECT oid, coalesce(nullif(typbasetype, 0), oid) AS base FROM pg_type
    UNION
    SELECT b.oid, t.typbasetype FROM bases b JOIN pg_type t ON t.oid = b.base WHERE t.typbasetype <> 0
  )
  SELECT json_build_object(
    'table', c.relname,
    'writable', c.relkind IN ('r', 'p') OR pg_relation_is_updatable(c.oid, true) & 28 <> 0,
    'column', a.attname,
    'description', d.description,
    'nullable', NOT (a.attnotnull OR t.typtype = 'd' AND t.typnotnull),
    'type', CASE
      WHEN t.typtype = 'd' AND bt.typnamespace = 'pg_catalog'::regnamespace THEN format_type(bt.oid, NULL)
      WHEN t.typtype <> 'd' AND t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(a.atttypid, NULL)
      ELSE format_type(a.atttypid, a.atttypmod)
    END,
    'maxLength', information_schema._pg_char_max_length(
      information_schema._pg_truetypid(a.*, t.*), information_schema._pg_truetypmod(a.*, t.*)),
    'isKey', EXISTS (
      SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)))
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN bases b ON b.oid = t.oid
  JOIN pg_type bt ON bt.oid = b.base AND bt.typbasetype = 0
  LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
  WHERE c.relnamespace = $1::text::regnamespace AND c.relkind IN ('v', 'r', 'm', 'f', 'p') AND NOT c.relispartition
    AND (
      has_table_privilege($2, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
      OR has_any_column_privilege($2, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
  ORDER BY c.relname, a.attnum`

/**
 * The OpenAPI document that PostgREST serves at its root for a role, in the parts that describe tables: written after
 * PostgREST's OpenAPI.hs and SchemaCache.hs.
 */
export const openApiDocument = async (database: PostgresDatabase, schema: string, role: string) => {
  const rows = await database.query(catalog, [`"${schema.replaceAll('"', '""')}"`, role])
  const columns = rows.map(([row]) => row as Described)
  const tables = new Map<string, Array<Described>>()
  for (const column of columns) tables.set(column.table, [...(tables.get(column.table) ?? []), column])
  return {
    swagger: "2.0",
    info: { title: "standard public schema", description: "", version: "14.1" },
    paths: Object.fromEntries([
      ["/", { get: { tags: ["Introspection"] } }],
      ...[...tables].map(([table, [first]]) => {
        const operation = { tags: [table] }
        const write = { post: operation, patch: operation, delete: operation }
        return [`/${table}`, { get: operation, ...(first?.writable === true ? write : {}) }]
      }),
    ]),
    ...(tables.size === 0
      ? {}
      : { definitions: Object.fromEntries([...tables].map(([table, list]) => [table, definition(list)])) }),
  }
}

const definition = (columns: ReadonlyArray<Described>) => {
  const required = columns.flatMap(({ column, nullable }) => (nullable ? [] : [column]))
  return {
    type: "object",
    properties: Object.fromEntries(columns.map((one) => [one.column, property(one)])),
    ...(required.length === 0 ? {} : { required }),
  }
}

const property = ({ type, maxLength, description, isKey }: Described) => {
  const note = isKey ? "Note:\nThis is a Primary Key.<pk/>" : undefined
  const text = note === undefined ? description : `${description === null ? "" : `${description}\n\n`}${note}`
  return { format: type, ...(maxLength === null ? {} : { maxLength }), ...(text === null ? {} : { description: text }) }
}

import {
  type Column,
  freeName,
  parseTableName,
  type TableName,
  type TableSchema,
} from "@starbase-replication/core/source"
import { columnType } from "@starbase-replication/postgres-values"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DeclaredTable, Settings } from "../Settings.ts"
import { normalType } from "./types.ts"

const Property = Schema.Struct({
  format: Schema.optionalKey(Schema.String),
  maxLength: Schema.optionalKey(Schema.Number),
  description: Schema.optionalKey(Schema.NullOr(Schema.String)),
})

/** The parts of PostgREST's OpenAPI document that describe tables. */
const Document = Schema.Struct({
  paths: Schema.Record(Schema.String, Schema.Unknown),
  definitions: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.Struct({
        properties: Schema.optionalKey(Schema.Record(Schema.String, Property)),
        required: Schema.optionalKey(Schema.Array(Schema.String)),
      }),
    ),
  ),
})
type Document = typeof Document.Type

/** The tables of a schema by their names. */
export type Described = ReadonlyMap<string, TableSchema>

/** Reads an OpenAPI document; undefined where it is none of PostgREST's. */
export const readDescription = (schema: string, document: unknown): Described | undefined => {
  const decoded = Option.getOrUndefined(Schema.decodeUnknownOption(Document)(document))
  if (decoded === undefined) return undefined
  const tables = Object.entries(decoded.definitions ?? {}).map(([name, definition]): [string, TableSchema] => {
    const required = new Set(definition.required)
    const properties = Object.entries(definition.properties ?? {})
    const kind = isWritable(decoded, name) ? "table" : "view"
    const key = kind === "table" ? properties.flatMap(([column, property]) => (isKey(property) ? column : [])) : []
    return [
      name,
      {
        name: { schema, name },
        kind,
        columns: properties.map(([column, property]) =>
          makeColumn(column, sourceType(property), !required.has(column)),
        ),
        key,
        ...(kind === "table" && key.length === 0
          ? { addKey: addKey({ schema, name }, Object.keys(definition.properties ?? {})) }
          : {}),
      },
    ]
  })
  return new Map(tables)
}

/**
 * Whether rows can be inserted. The key of a view that is read alone is the key of a table below it, of which a join
 * may show the same row many times.
 */
const isWritable = ({ paths }: Document, table: string): boolean => {
  const path = paths[`/${table}`]
  return typeof path === "object" && path !== null && ("post" in path || "patch" in path || "delete" in path)
}

/** How PostgREST marks a column of the primary key, after the column's own comment. */
const isKey = ({ description }: typeof Property.Type): boolean =>
  /(?:^|\n)Note:\nThis is a Primary Key\.<pk\/>(?:\n|$)/.test(description ?? "")

/** Types of the system stand without modifiers; where there is a length, it tells bit(1) from longer ones. */
const sourceType = ({ format = "text", maxLength }: typeof Property.Type): string => {
  const type = normalType(format)
  const isSized = ["bit", "bit varying", "character", "character varying"].includes(type)
  return maxLength !== undefined && isSized ? `${type}(${maxLength})` : type
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The statement that gives a table a key. */
const addKey = ({ schema, name }: Required<TableName>, columns: ReadonlyArray<string>): string =>
  `ALTER TABLE ${quote(schema)}.${quote(name)} ADD COLUMN ${quote(freeName(columns))} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`

const makeColumn = (name: string, type: string, nullable: boolean): Column => ({
  name,
  type: columnType(type),
  sourceType: type,
  nullable,
})

/** The tables that the settings declare, by schema and name. */
export const declaredTables = (settings: Settings, defaultSchema: string): ReadonlyArray<TableSchema> =>
  Object.entries(settings.tables ?? {}).flatMap(([text, declared]) => {
    const name = parseTableName(text)
    return name === undefined ? [] : declaredTable({ schema: defaultSchema, ...name }, declared)
  })

const declaredTable = (name: TableName, { columns, key = [], view = false }: DeclaredTable): TableSchema => ({
  name,
  kind: view ? "view" : "table",
  columns: Object.entries(columns).map(([column, text]) => {
    const type = text.replace(/\s+not\s+null\s*$/i, "")
    return makeColumn(column, normalType(type), type === text)
  }),
  key,
})

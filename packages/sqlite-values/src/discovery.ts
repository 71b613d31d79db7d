import {
  type Column,
  ConnectorError,
  foldCase,
  freeName,
  type TableName,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { DeclaredTypes } from "./declared.ts"
import { quote, type Statement } from "./dialect.ts"
import type { Answered } from "./rows.ts"
import { columnType } from "./types.ts"

/** SQLite's own name of the one database, which a config may write before a table's. */
export const isMain = ({ schema }: { readonly schema?: string | undefined }): boolean =>
  schema === undefined || schema === "main"

/**
 * Lists tables and views. Left out are the platform's tables (`_cf_`, and `__miniflare_` where it runs locally),
 * SQLite's, those of StarbaseDB and of this project (`tmp_`), and indexes that look like tables (virtual and shadow
 * ones), which can still be read by name.
 */
export const listStatement: Statement = {
  text:
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view')" +
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'" +
    " AND name NOT LIKE '\\_\\_miniflare\\_%' ESCAPE '\\' AND name NOT LIKE 'tmp\\_%' ESCAPE '\\' ORDER BY name",
  values: [],
}

const Listed = Schema.Struct({ name: Schema.String })
const decodeListed = Schema.decodeUnknownSync(Schema.Array(Listed))

/** The tables of a {@link listStatement}'s rows. */
export const listed = (rows: ReadonlyArray<Answered>): ReadonlyArray<TableName> =>
  decodeListed(rows).map(({ name }) => ({ name }))

/** One row for each column of the tables that are there, generated columns included. */
export const columnsStatement = (names: ReadonlyArray<string>): Statement => ({
  text:
    "SELECT w.key AS place, l.name AS name, l.type AS kind, c.name AS col, c.type AS type," +
    ' c."notnull" AS required, c.pk AS pk, ' +
    // An INTEGER PRIMARY KEY is the rowid, has no index and is never NULL.
    " lower(c.type) = 'integer' AND c.pk = 1 AND l.wr = 0" +
    " AND NOT EXISTS (SELECT 1 FROM pragma_index_list(l.name) WHERE origin = 'pk') AS is_rowid" +
    " FROM json_each(?1) AS w JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = w.value COLLATE NOCASE" +
    " JOIN pragma_table_xinfo(l.name) AS c WHERE c.hidden <> 1 ORDER BY w.key, c.cid",
  values: [JSON.stringify(names)],
})

/** The columns of unique indexes that hold for all rows, the index with the fewest columns first. */
export const uniqueStatement = (names: ReadonlyArray<string>): Statement => ({
  text:
    "SELECT w.key AS place, i.name AS name, x.name AS col" +
    " FROM json_each(?1) AS w JOIN pragma_index_list(w.value) AS i JOIN pragma_index_xinfo(i.name) AS x" +
    ' WHERE i."unique" = 1 AND i.partial = 0 AND x.key = 1' +
    " ORDER BY w.key, (SELECT count(*) FROM pragma_index_info(i.name)), i.name, x.seqno",
  values: [JSON.stringify(names)],
})

/** Some drivers give integers as bigints. */
const Count = Schema.Union([Schema.Number, Schema.BigInt])

const Described = Schema.Struct({
  place: Count,
  name: Schema.String,
  kind: Schema.String,
  col: Schema.String,
  type: Schema.String,
  required: Count,
  pk: Count,
  is_rowid: Count,
})
const decodeDescribed = Schema.decodeUnknownSync(Schema.Array(Described))

/** The tables of a {@link columnsStatement}'s rows, each with its place; the key is the primary key. */
export const described = (rows: ReadonlyArray<Answered>): ReadonlyMap<number, TableSchema> => {
  const tables = new Map<number, { readonly table: TableSchema; readonly key: ReadonlyArray<[number, string]> }>()
  for (const row of decodeDescribed(rows)) {
    const place = Number(row.place)
    const pk = Number(row.pk)
    const before = tables.get(place)
    const column: Column = {
      name: row.col,
      type: columnType(row.type),
      sourceType: row.type === "" ? "ANY" : row.type,
      nullable: Number(row.required) === 0 && Number(row.is_rowid) === 0,
    }
    tables.set(place, {
      table: {
        name: { name: row.name },
        kind: row.kind === "view" ? "view" : "table",
        columns: [...(before?.table.columns ?? []), column],
        key: [],
      },
      key: [...(before?.key ?? []), ...(pk === 0 ? [] : [[pk, row.col] satisfies [number, string]])],
    })
  }
  return new Map(
    [...tables].map(([place, { table, key }]) => [
      place,
      { ...table, key: key.toSorted(([a], [b]) => a - b).map(([, name]) => name) },
    ]),
  )
}

const Indexed = Schema.Struct({ place: Count, name: Schema.String, col: Schema.NullOr(Schema.String) })
const decodeIndexed = Schema.decodeUnknownSync(Schema.Array(Indexed))

/**
 * The first index of a {@link uniqueStatement}'s rows whose columns are never NULL, for each table that has one, as its key;
 * else the first one over columns, and how the table would be given a key.
 */
export const uniqueKeys = (
  rows: ReadonlyArray<Answered>,
  tables: ReadonlyArray<TableSchema>,
): ReadonlyArray<Pick<TableSchema, "key" | "nullableKey" | "addKey">> => {
  const indexes = new Map<string, { readonly place: number; readonly columns: Array<string | null> }>()
  for (const { place, name, col } of decodeIndexed(rows)) {
    const id = `${place} ${name}`
    const index = indexes.get(id) ?? { place: Number(place), columns: [] }
    index.columns.push(col)
    indexes.set(id, index)
  }
  return tables.map((table, place) => {
    const of = [...indexes.values()].filter((index) => index.place === place)
    const find = (columns: ReadonlyArray<Column>) => {
      const names = new Set<string | null>(columns.map(({ name }) => name))
      return of.find((index) => index.columns.every((name) => names.has(name)))?.columns.map((name) => name ?? "")
    }
    const key = find(table.columns.filter(({ nullable }) => !nullable))
    if (key !== undefined) return { key }
    const nullableKey = find(table.columns)
    return { key: [], addKey: addKey(table), ...(nullableKey === undefined ? {} : { nullableKey }) }
  })
}

/** SQLite gives no table a key that is there already: its rows move into another one. */
const addKey = ({ name: { name }, columns }: TableSchema): string => {
  const names = columns.map((column) => quote(column.name))
  const typed = columns.map(({ sourceType }, place) =>
    `${names[place]} ${sourceType === "ANY" ? "" : sourceType}`.trim(),
  )
  const added = quote(freeName(columns.map((column) => column.name)))
  const [table, next] = [quote(name), quote(`${name}_keyed`)]
  return (
    `CREATE TABLE ${next} (${[`${added} INTEGER PRIMARY KEY`, ...typed].join(", ")}); ` +
    `INSERT INTO ${next} (${names.join(", ")}) SELECT ${names.join(", ")} FROM ${table}; ` +
    `DROP TABLE ${table}; ALTER TABLE ${next} RENAME TO ${table}`
  )
}

/** A table with the types that the settings declare for its columns. */
export const declare = (table: TableSchema, types: DeclaredTypes = {}): Effect.Effect<TableSchema, ConnectorError> => {
  const own = Object.entries(types).find(([name]) => foldCase(name) === foldCase(table.name.name))
  if (own === undefined) return Effect.succeed(table)
  const [name, columns] = own
  const gone = Object.keys(columns).find((column) => !table.columns.some((one) => one.name === column))
  if (gone !== undefined) {
    const message = `types.${name}: no column "${gone}" in ${table.name.name}`
    return Effect.fail(new ConnectorError({ code: "invalid-config", message }))
  }
  return Effect.succeed({
    ...table,
    columns: table.columns.map((column) => ({ ...column, type: columns[column.name] ?? column.type })),
  })
}

import type { DatabaseSync } from "node:sqlite"
import {
  type Column,
  type ColumnType,
  ConnectorError,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Catalog, type Dialect, makeSqlSource, type Question, quoteWith, Taker } from "../../src/index.ts"

const types: Readonly<Record<string, ColumnType>> = { INTEGER: "integer", REAL: "real", BLOB: "blob" }

const dialect: Dialect = {
  quote: quoteWith('"'),
  always: ["1 = 1"],
  select: ({ sql, type }) =>
    type === "blob" ? `iif(${sql} IS NULL, NULL, lower(hex(${sql})))` : `CAST(${sql} AS TEXT)`,
  bound: ({ type }, value, bind) => {
    if (type === "blob") return `unhex(${bind(value)})`
    return type === "integer" || type === "real" ? `CAST(${bind(value)} AS ${type})` : bind(value)
  },
  rowValues: true,
  keyNumber: ({ sql, type }) => (type === "integer" ? sql : undefined),
  printNumber: (expression) => `CAST(${expression} AS TEXT)`,
}

/** A table, where the database has one of that very name. */
const describe = (database: DatabaseSync, name: string): TableSchema | undefined => {
  const [found] = database.prepare("SELECT type FROM sqlite_schema WHERE name = ?").all(name)
  if (found === undefined) return undefined
  const rows = database.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)').all(name)
  const columns = rows.map((row): Column => ({
    name: String(row["name"]),
    sourceType: String(row["type"]),
    type: types[String(row["type"])] ?? "text",
    nullable: row["notnull"] === 0,
  }))
  const required = new Set(columns.filter(({ nullable }) => !nullable).map((column) => column.name))
  const primary = rows.filter(({ pk }) => Number(pk) > 0).toSorted((a, b) => Number(a["pk"]) - Number(b["pk"]))
  const unique = database
    .prepare(
      "SELECT json_group_array(x.name) AS names FROM pragma_index_list(?) AS i JOIN pragma_index_info(i.name) AS x" +
        ' WHERE i."unique" = 1 GROUP BY i.name ORDER BY count(*), i.name',
    )
    .all(name)
    .map(({ names }): ReadonlyArray<string> => JSON.parse(String(names)))
    .find((names) => names.every((one) => required.has(one)))
  const key = primary.length > 0 ? primary.map((row) => String(row["name"])) : (unique ?? [])
  return { name: { schema: "main", name }, kind: found["type"] === "view" ? "view" : "table", columns, key }
}

const makeCatalog = (database: DatabaseSync): Catalog => ({
  list: (schema = "main") =>
    Effect.sync(() =>
      schema === "main"
        ? database
            .prepare(
              "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            )
            .all()
            .map(({ name }) => ({ schema, name: String(name) }))
        : [],
    ),
  describe: (names) =>
    Effect.sync(() => ({
      tables: names.map(({ schema = "main", name }) => (schema === "main" ? describe(database, name) : undefined)),
      transactions: undefined,
    })),
})

const take = (database: DatabaseSync, { statement: { text, values }, maxBytes }: Question) => {
  const taker = new Taker(maxBytes)
  const prepared = database.prepare(text)
  prepared.setReturnArrays(true)
  for (const given of prepared.iterate(...values) as Iterable<unknown>) {
    const row = (given as ReadonlyArray<unknown>).map((value) => (value === null ? null : String(value)))
    if (taker.isFull()) {
      taker.leave(1)
      break
    }
    taker.rows.push(row)
    taker.bytes += row.reduce((total, value) => total + (value?.length ?? 0), 0)
  }
  return taker.end(true)
}

/** A source that reads a SQLite of this process: as little as one can be made of. */
export const sqliteSource = (database: DatabaseSync): Layer.Layer<Source> =>
  Layer.succeed(
    Source,
    makeSqlSource({
      dialect,
      catalog: makeCatalog(database),
      ask: (question) =>
        Effect.try({
          try: () => take(database, question),
          catch: (error) =>
            missing(database, question) ?? new ConnectorError({ code: "unknown", message: String(error) }),
        }),
    }),
  )

const missing = (database: DatabaseSync, { table, columns, where, by }: Question): ConnectorError | undefined => {
  const found = describe(database, table.name.name)
  if (found === undefined) return new ConnectorError({ code: "table-missing", message: "There is no such table" })
  const there = new Set(found.columns.map(({ name }) => name))
  const names = [...columns.map(({ name }) => name), ...where.map(({ column }) => column), ...by]
  const gone = names.find((name) => name !== "" && !there.has(name))
  if (gone === undefined) return undefined
  return new ConnectorError({ code: "column-missing", message: `There is no column "${gone}"`, column: gone })
}

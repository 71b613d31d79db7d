import { ConnectorError, type TableName } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { describes, type Mutation } from "./change.ts"

export const describing: ReadonlyArray<Mutation> = [
  {
    name: "takes no column for nullable",
    change: describes((table) => ({ ...table, columns: table.columns.map((one) => ({ ...one, nullable: false })) })),
    breaks: ["discovery: columns"],
  },
  {
    name: "takes every column for text",
    change: describes((table) => ({ ...table, columns: table.columns.map((one) => ({ ...one, type: "text" })) })),
    breaks: ["discovery: columns", "values: the declared types, on scans by key"],
  },
  {
    name: "sorts columns by name",
    change: describes((table) => ({
      ...table,
      columns: table.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    })),
    breaks: ["discovery: columns"],
  },
  {
    name: "sorts the columns of an index by name",
    change: ({ structure, ...source }) => ({
      ...source,
      structure: (table) =>
        Effect.map(structure?.(table) ?? Effect.die("no structure"), ({ indexes, relations }) => ({
          relations,
          indexes: indexes.map(({ name, columns }) => ({
            name,
            columns: columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          })),
        })),
    }),
    breaks: ["discovery: indexes"],
  },
  {
    name: "leaves the schema out",
    change: describes((table) => ({ ...table, name: { name: table.name.name } })),
    breaks: ["discovery: names"],
  },
  {
    name: "leaves missing tables out",
    change: (source) => ({
      ...source,
      discover: (names) =>
        Effect.map(source.discover(names), (tables) => tables.filter((table) => table !== undefined)),
    }),
    breaks: ["discovery: missing tables"],
  },
  {
    name: "fails for a missing table",
    change: (source) => ({
      ...source,
      discover: (names) =>
        Effect.flatMap(source.discover(names), (tables) =>
          tables.includes(undefined)
            ? Effect.fail(new ConnectorError({ code: "table-missing", message: "no such table" }))
            : Effect.succeed(tables),
        ),
    }),
    breaks: ["discovery: missing tables"],
  },
  {
    name: "gives the key in the table's order",
    change: describes((table) => ({
      ...table,
      key: table.columns.flatMap(({ name }) => (table.key.includes(name) ? [name] : [])),
    })),
    breaks: ["discovery: primary keys"],
  },
  {
    name: "guesses a key",
    change: describes((table) => ({ ...table, key: table.key.length === 0 ? ["id"] : table.key })),
    breaks: ["discovery: tables without a key", "discovery: views"],
  },
  {
    name: "knows primary keys alone",
    change: describes((table) => (table.name.name === "kit_unique" ? { ...table, key: [] } : table)),
    breaks: ["discovery: unique indexes"],
  },
  {
    name: "takes a view for a table",
    change: describes((table) => ({ ...table, kind: "table" })),
    breaks: ["discovery: views"],
  },
  {
    name: "tells types without their modifiers",
    change: describes((table) => ({
      ...table,
      columns: table.columns.map((one) => ({ ...one, sourceType: one.sourceType.replace(/\(.*/, "") })),
    })),
    breaks: ["discovery: shapes"],
  },
  {
    name: "tells no shapes",
    change: describes((table) => ({
      ...table,
      columns: table.columns.map(({ name, type, sourceType, nullable }) => ({ name, type, sourceType, nullable })),
    })),
    breaks: ["discovery: shapes"],
  },
  {
    name: "finds another table at each look",
    change: describes((table) => ({ ...table, identity: crypto.randomUUID() })),
    breaks: ["discovery: shapes"],
  },
  {
    name: "lists no views",
    change: (source) => ({
      ...source,
      list: (schema) => Effect.map(source.list(schema), (names) => names.filter(({ name }) => !name.endsWith("_view"))),
    }),
    breaks: ["discovery: the list of tables"],
  },
  {
    name: "lists a table that is gone",
    change: (source) => ({
      ...source,
      list: (schema) =>
        Effect.map(source.list(schema), (names): ReadonlyArray<TableName> => [...names, { name: "kit_dropped" }]),
    }),
    breaks: ["discovery: the list of tables"],
  },
  {
    name: "pastes names in lower case",
    change: (source) => ({
      ...source,
      read: (request) =>
        source.read({
          ...request,
          columns: request.columns.map((column) => ({ ...column, name: column.name.toLowerCase() })),
        }),
    }),
    breaks: ["names and values: hostile names"],
  },
]

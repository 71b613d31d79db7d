import type { ConnectorError, TableSchema } from "@starbase-replication/core/source"
import { type Bind, type Dialect, makeSqlSource, type Question } from "@starbase-replication/sql-source"
import {
  makeDialect,
  type Param,
  readThroughJson,
  selectedThroughJson,
  splitKeys,
  toAnswer,
} from "@starbase-replication/sqlite-values"
import * as Effect from "effect/Effect"
import type { Identity } from "../Identity.ts"
import type { Fed } from "./catalog.ts"
import type { Ask, Rows } from "./database.ts"
import { mayHave } from "./tenant.ts"

/** A result has no more columns in a Durable Object. */
const maxColumns = 100

const plain = makeDialect({ selected: selectedThroughJson, digits: (sql) => `'t' || ${sql}`, maxColumns })

/** A parameter is a text here; a double is written out. */
const written =
  (bind: Bind<string>): Bind<Param> =>
  (value) =>
    typeof value === "string" ? bind(value) : Number.isInteger(value) ? `${value}.0` : String(value)

/** The dialect of all statements about a table, each of which has only the rows that whoever asks may have. */
const dialectOf = (fed: Fed, identity: Identity): Dialect => {
  const condition = mayHave(fed, identity, "t")
  const { bound, compare, oneOf, keyed, since: _since, place: _place, ...rest } = plain
  return {
    ...rest,
    bound: (column, value, bind) => bound(column, value, written(bind)),
    ...(compare && { compare: (column, op, value, bind) => compare(column, op, value, written(bind)) }),
    ...(oneOf && { oneOf: (column, values, bind) => oneOf(column, values, written(bind)) }),
    ...(keyed && { keyed: (key, keys, bind) => keyed(key, keys, written(bind)) }),
    always: condition === undefined ? [] : [condition],
  }
}

/** The table as SQLite has it: what a text may be was decided when it was stored. */
const storedTypes = { INTEGER: "integer", REAL: "real", BLOB: "blob" } as const

const isStoredType = (declared: string): declared is keyof typeof storedTypes => Object.hasOwn(storedTypes, declared)

export const schemaOf = ({ name, columns, key }: Fed): TableSchema => ({
  name: { name },
  kind: "table",
  columns: columns.map((column) => ({
    name: column.name,
    type: isStoredType(column.declared) ? storedTypes[column.declared] : "text",
    sourceType: column.declared === "" ? "ANY" : column.declared,
    nullable: !key.includes(column.name),
  })),
  key,
})

/** Reads a table for whoever asks, by what all sources that speak SQL share. */
export const sourceOf = (ask: Ask, fed: Fed, identity: Identity): ReturnType<typeof makeSqlSource> => {
  const answer = (question: Question, rows: Rows) => {
    const width = rows[0]?.length ?? 0
    const weighed = width > question.columns.length ? { w: width - 1 } : undefined
    const named = rows.map((row) => ({
      ...Object.fromEntries(question.columns.map((_, place) => [`c${place}`, row[place]])),
      ...(weighed && { w: row[weighed.w] }),
    }))
    return toAnswer({ ...question, statement: { text: "", values: [] } }, named, readThroughJson)
  }
  const source = makeSqlSource<string>({
    dialect: dialectOf(fed, identity),
    catalog: {
      list: () => Effect.succeed([]),
      describe: () => Effect.succeed({ tables: [], transactions: undefined }),
    },
    ask: (question) =>
      Effect.flatMap(ask(question.statement.text, question.statement.values), (rows) =>
        Effect.try({ try: () => answer(question, rows), catch: (error) => error as ConnectorError }),
      ),
  })
  return {
    ...source,
    lookup: (request) => Effect.map(Effect.forEach(splitKeys(request), source.lookup), (parts) => parts.flat()),
  }
}

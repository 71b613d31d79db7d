import {
  ConnectorError,
  type LookupRequest,
  type Row,
  type Secrets,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import { makeAddress, makeSqlSource } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { open } from "./internal/driver/open.ts"
import { dialect } from "./internal/sql.ts"
import { bareType, isComparable, isOrdered } from "./internal/types.ts"
import { plain, toCanonical } from "./internal/values.ts"
import { addressForm, type Settings } from "./Settings.ts"

/** Opens a MySQL or MariaDB source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const address = yield* makeAddress(addressForm, settings, secrets)
      const { ask } = yield* open(address)
      const { tinyint1 = "integer" } = settings

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog({ database: address.database, tinyint1 }, (statement, columns) =>
          ask(statement, { converts: Array.from({ length: columns }, () => plain), maxBytes: Infinity }),
        ),
        refusal: (table, names, use) => (use === "order" ? unordered(table, names) : incomparable(table, names)),
        ask: ({ statement, columns, maxBytes }) =>
          ask(statement.text, { converts: columns.map(toCanonical), maxBytes }),
      })
      return {
        ...source,
        lookup: (request) => Effect.map(source.lookup(request), (rows) => spelledAlike(request, rows)),
      }
    }),
  )

/** Only the rows whose keys are spelled as asked: a collation may find others. */
const spelledAlike = ({ columns, key, keys }: LookupRequest, rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const places = key.map((name) => columns.findIndex((column) => column.name === name))
  const wanted = new Set(keys.map((values) => JSON.stringify(values)))
  return rows.filter((row) => wanted.has(JSON.stringify(places.map((place) => row[place]))))
}

/** A row that is not found by such a column may still be there. */
const incomparable = ({ columns }: TableSchema, names: ReadonlyArray<string>): ConnectorError | undefined => {
  const column = columns.find(({ name, sourceType }) => names.includes(name) && !isComparable(sourceType))
  if (column === undefined) return undefined
  return new ConnectorError({
    code: "unsupported",
    message: `"${column.name}" is ${bareType(column.sourceType)}, by whose text the server does not find rows`,
    hint: "Name other columns in key.",
    column: column.name,
  })
}

const unordered = (table: TableSchema, names: ReadonlyArray<string>): ConnectorError | undefined => {
  const column = table.columns.find(({ name, sourceType }) => names.includes(name) && !isOrdered(sourceType))
  if (column === undefined) return undefined
  return new ConnectorError({
    code: "unsupported",
    message: `"${column.name}" is ${bareType(column.sourceType)}, by which the server does not order rows exactly`,
    hint: "Name other columns in key or cursor; char, varchar, binary and varbinary will do.",
    column: column.name,
  })
}

import { type ConnectorError, type Row, type TableName } from "@starbase-replication/core/source"
import { type Catalog, type Statement, structureOf } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { cautionsIn, cautionsStatement } from "./cautions.ts"
import { described, describeStatement, listed, listStatement, splitInFlight } from "./discovery.ts"
import { estimateIn, estimateStatement } from "./estimate.ts"
import { structureStatement } from "./structure.ts"
import { parseTransactions, transactionsStatement } from "./transactions.ts"

/** What PostgreSQL says of its tables and transactions, each in one question. */
export const makeCatalog = (
  defaultSchema: string,
  ask: (statement: Statement) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>,
): Catalog => {
  const inSchema = ({ schema = defaultSchema, name }: TableName) => ({ schema, name })
  return {
    list: (schema = defaultSchema) => Effect.map(ask(listStatement(schema)), (rows) => listed(schema, rows)),

    describe: (names) => {
      const full = names.map(inSchema)
      return Effect.flatMap(ask(describeStatement(full)), (rows) => {
        const { tables, inFlight } = splitInFlight(rows)
        return Effect.map(parseTransactions(inFlight), (transactions) => ({
          tables: described(full, tables),
          transactions,
        }))
      })
    },

    cautions: (table, cursor) => Effect.map(ask(cautionsStatement(inSchema(table.name), cursor)), cautionsIn),

    structure: ({ name }) => Effect.map(ask(structureStatement(inSchema(name))), structureOf),

    estimate: (table) => Effect.map(ask(estimateStatement(inSchema(table.name))), estimateIn),

    transactions: Effect.flatMap(ask(transactionsStatement), ([row]) => parseTransactions(row?.[0] ?? null)),
  }
}

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Filter } from "../table/Filter.ts"
import type { KeySummary } from "../table/Key.ts"
import type { Column, Row, TableName, TableSchema, Value } from "../table/Table.ts"
import type { LazyPage, Page } from "./Page.ts"
import type { LookupRequest, ReadRequest, SummarizeRequest } from "./Request.ts"
import type { Discovery, Transactions } from "./Transactions.ts"

/** The methods of {@link Source}. */
export interface SourceShape {
  /** Every table and view that the user may see in `schema`, or in the default one. */
  readonly list: (schema: string | undefined) => Effect.Effect<ReadonlyArray<TableName>, ConnectorError>
  /**
   * Describes the named tables in the order of `names`, in as few queries as the source allows; undefined for one that
   * is missing or not visible. A schema left out in a name is filled in.
   */
  readonly discover: (
    names: ReadonlyArray<TableName>,
  ) => Effect.Effect<ReadonlyArray<TableSchema | undefined>, ConnectorError>
  /**
   * Which transactions are in flight now, where the source can tell. Without it, rows that are committed late are found
   * only within the table's overlap.
   */
  readonly transactions?: Effect.Effect<Transactions, ConnectorError>
  /**
   * What `discover` and `transactions` tell, for a source that can answer both in one query. Without it they are asked one
   * after the other.
   */
  readonly discoverWithTransactions?: (names: ReadonlyArray<TableName>) => Effect.Effect<Discovery, ConnectorError>
  /** Reads one page. Nothing is kept between two pages, so a position is all that a later run needs. */
  readonly read: (request: ReadRequest) => Effect.Effect<Page, ConnectorError>
  /**
   * The same for a source that knows the last row before it has made the others: the next page is asked for before they
   * are made. Without it, `read` is used.
   */
  readonly readLazily?: (request: ReadRequest) => Effect.Effect<LazyPage, ConnectorError>
  /**
   * Reads those of the rows named by key that exist and meet `where`, in any order. A key left out of the answer is
   * proven absent: a source that cannot be sure fails instead.
   */
  readonly lookup: (request: LookupRequest) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>
  /**
   * Sums up a range of keys at the source, where that costs it less than to send them; undefined where it cannot for keys
   * of these types. Without it, the keys are looked up one by one.
   */
  readonly summarize?: (request: SummarizeRequest) => Effect.Effect<KeySummary | undefined, ConnectorError>
  /** The highest value of a column among the rows that meet `where`, or null where there is none. */
  readonly highest: (
    table: TableSchema,
    column: Column,
    where: ReadonlyArray<Filter>,
  ) => Effect.Effect<Value, ConnectorError>
}

/**
 * Where rows come from. A service lives for one run: it opens its connection when it is first used and closes it when
 * the run ends, however it ends. It only ever reads.
 */
export class Source extends Context.Service<Source, SourceShape>()("@starbase-replication/core/Source") {}

/** The same source with something done about each of its queries; what it does not offer, it still does not. */
export const mapQueries = (
  source: SourceShape,
  map: <A>(query: Effect.Effect<A, ConnectorError>, method: keyof SourceShape) => Effect.Effect<A, ConnectorError>,
): SourceShape => {
  const { discoverWithTransactions, readLazily, summarize, transactions } = source
  return {
    list: (schema) => map(source.list(schema), "list"),
    discover: (names) => map(source.discover(names), "discover"),
    read: (request) => map(source.read(request), "read"),
    lookup: (request) => map(source.lookup(request), "lookup"),
    highest: (table, column, where) => map(source.highest(table, column, where), "highest"),
    ...(readLazily === undefined ? {} : { readLazily: (request) => map(readLazily(request), "readLazily") }),
    ...(summarize === undefined ? {} : { summarize: (request) => map(summarize(request), "summarize") }),
    ...(transactions === undefined ? {} : { transactions: map(transactions, "transactions") }),
    ...(discoverWithTransactions === undefined
      ? {}
      : {
          discoverWithTransactions: (names) => map(discoverWithTransactions(names), "discoverWithTransactions"),
        }),
  }
}

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Filter, LazyPage, Page } from "./Page.ts"
import type { KeySummary } from "./Sink.ts"
import type { Column, Row, TableName, TableSchema, Value } from "./Table.ts"

/** One page to read by keyset: the rows that follow `after` in the order of `order`. */
export interface ReadRequest {
  readonly table: TableSchema
  /** The columns to read, which is the order of a row's values. It holds all of `order`. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /**
   * The columns that order the rows, ascending and in the source's own order of their types. Together they tell rows
   * apart, and within `where` none of them is NULL.
   */
  readonly order: ReadonlyArray<string>
  /**
   * The values of `order` in the last row already read, as the source printed them; only rows after it are read.
   * Fewer values than `order` bound that many first columns alone. Undefined reads from the start.
   */
  readonly after: ReadonlyArray<NonNullable<Value>> | undefined
  /** At most so many rows, at least 1. */
  readonly limit: number
  /**
   * About where to end the page, in bytes of its values: a page may be shorter than `limit`, but never empty, because
   * of it. It bounds the memory of wide rows.
   */
  readonly maxBytes: number
}

/** Which transactions are in flight at a source, by ids that grow in the order in which they are given. */
export interface Transactions {
  /** The next id to be given. */
  readonly next: string
  /** The ids of those in flight, of which all writes of finished ones are visible. */
  readonly open: ReadonlyArray<string>
}

/** Tables, and which transactions were in flight when they were described. */
export interface Discovery {
  readonly tables: ReadonlyArray<TableSchema | undefined>
  readonly transactions: Transactions
}

/** Rows to read by their keys. */
export interface LookupRequest {
  readonly table: TableSchema
  /** The columns to read, which is the order of a row's values. It holds all of `key`. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** The columns that tell rows apart. */
  readonly key: ReadonlyArray<string>
  /** The values of `key` of each row wanted, as the source printed them: at least one, at most 1000. */
  readonly keys: ReadonlyArray<ReadonlyArray<NonNullable<Value>>>
}

/** A range of keys to sum up. */
export interface SummarizeRequest {
  readonly table: TableSchema
  readonly where: ReadonlyArray<Filter>
  /** The columns that tell rows apart: each of type `integer` or of source type `uuid`. */
  readonly key: ReadonlyArray<Column>
  /** The range: keys above `after`, or from the lowest, up to and with `until`, compared column by column. */
  readonly after: ReadonlyArray<string> | undefined
  readonly until: ReadonlyArray<string>
}

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

/** A page whose rows are made already, as the answer to a request. */
export const lazyPage = (
  { columns, order }: Pick<ReadRequest, "columns" | "order">,
  { rows, done, bytes }: Page,
): LazyPage => {
  const places = order.map((name) => columns.findIndex((column) => column.name === name))
  const row = rows.at(-1)
  const last = row && places.map((place) => row[place] ?? "")
  return { rows: Effect.succeed(rows), length: rows.length, last, done, bytes }
}

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

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Filter } from "../table/Filter.ts"
import type { KeySummary } from "../table/Key.ts"
import type { Column, Row, TableName, TableSchema, Value } from "../table/Table.ts"
import type { DigestRequest, RangeDigest } from "./Digest.ts"
import type { Structure } from "./Indexes.ts"
import type { SourceLog } from "./Log.ts"
import type { Page } from "./Page.ts"
import type { CountRequest, LookupRequest, ReadRequest, SummarizeRequest } from "./Request.ts"
import type { Transactions } from "./Transactions.ts"
import type { Measure, MeasureRequest, Reading, WholeRequest } from "./Whole.ts"

/** What a source says of tables. */
export interface Description {
  /** In the order in which they were asked for; undefined for one that is missing or not visible. */
  readonly tables: ReadonlyArray<TableSchema | undefined>
  /** The transactions in flight when the tables were described; undefined where the source cannot tell. */
  readonly transactions: Transactions | undefined
}

/** The methods of {@link Source}. The optional ones are abilities that a source may not have. */
export interface SourceShape {
  /** What whoever wrote the source's entry should know, such as what has no effect there, each in a sentence. */
  readonly notices?: ReadonlyArray<string>
  /** Every table and view that the user may see in `schema`, or in the default one. */
  readonly list: (schema: string | undefined) => Effect.Effect<ReadonlyArray<TableName>, ConnectorError>
  /**
   * Describes the named tables in the order of `names`, in as few queries as the source allows. A schema left out in a
   * name is filled in.
   */
  readonly describe: (names: ReadonlyArray<TableName>) => Effect.Effect<Description, ConnectorError>
  /** Reads one page. Nothing is kept between two pages, so a position is all that a later run needs. */
  readonly read: (request: ReadRequest) => Effect.Effect<Page, ConnectorError>
  /**
   * Reads several pages in one round trip. Those for which it has no page must be read alone, which tells why: one that
   * fails spoils no other. Without it, each page is a round trip of its own.
   */
  readonly readMany?: (
    requests: ReadonlyArray<ReadRequest>,
  ) => Effect.Effect<ReadonlyArray<Page | undefined>, ConnectorError>
  /**
   * Reads those of the rows named by key that exist and meet `where`, in any order. A key left out of the answer is
   * proven absent: a source that cannot be sure fails instead.
   */
  readonly lookup: (request: LookupRequest) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>
  /** The highest value of a column among the rows that meet `where`, or null where there is none. */
  readonly highest: (
    table: TableSchema,
    column: Column,
    where: ReadonlyArray<Filter>,
  ) => Effect.Effect<Value, ConnectorError>
  /**
   * Why `describe` does not know a table, where the source can tell more than that there is none: the user may not read
   * it, say. Without it, or with undefined, the table is missing.
   */
  readonly whyMissing?: (name: TableName) => Effect.Effect<ConnectorError | undefined, ConnectorError>
  /**
   * Why a column may be a bad cursor, where the source can tell more than its type does: that no index begins with it, say.
   * Each is the second half of a sentence about the column.
   */
  readonly cautions?: (table: TableSchema, cursor: Column) => Effect.Effect<ReadonlyArray<string>, ConnectorError>
  /**
   * The indexes and foreign keys of a table, asked for where the config wants indexes, and by a check. Without it, the source
   * cannot tell.
   */
  readonly structure?: (table: TableSchema) => Effect.Effect<Structure, ConnectorError>
  /**
   * Sums up a range of keys at the source, where that costs it less than to send them; undefined where it cannot for keys
   * of these types. Without it, the keys are looked up one by one.
   */
  readonly summarize?: (request: SummarizeRequest) => Effect.Effect<KeySummary | undefined, ConnectorError>
  /**
   * Digests ranges of keys at the source, in one look at the table for all of them; undefined where it cannot for keys of
   * these types. A row's hash is of 64 bits, made by the source of the very values that `read` gives, so that rows have the
   * same one where they are equal and, all but surely, only there. With it, `read` knows `hashed` and `spans`. Without it, a
   * table without a cursor is read whole at each pull, unless its rows tell who wrote them.
   */
  readonly digest?: (request: DigestRequest) => Effect.Effect<ReadonlyArray<RangeDigest> | undefined, ConnectorError>
  /**
   * Counts, range by range, the rows of a table with `parts` that were written before; undefined where it cannot for a
   * column of this type. There is one range more than there are bounds.
   */
  readonly countBefore?: (request: CountRequest) => Effect.Effect<ReadonlyArray<number> | undefined, ConnectorError>
  /**
   * Begins to read a table whole, as of one moment and in no order, each row as often as it is there; it ends with the
   * scope. Without it, a table without a key is not replicated. With it goes `measure`.
   */
  readonly readWhole?: (request: WholeRequest) => Effect.Effect<Reading, ConnectorError, Scope.Scope>
  /** Counts the rows of a table, and finds out what else is cheaper to ask than the rows. */
  readonly measure?: (request: MeasureRequest) => Effect.Effect<Measure, ConnectorError>
  /**
   * About how many rows a table has, by what the source has noted of it: it counts none. Undefined where it has noted
   * nothing. Without it, a first load shows no end.
   */
  readonly estimate?: (table: TableSchema) => Effect.Effect<number | undefined, ConnectorError>
  /**
   * Which transactions are in flight now, as `describe` tells too. Without it, rows that are committed late are found only
   * within the table's overlap.
   */
  readonly transactions?: Effect.Effect<Transactions, ConnectorError>
  /** The log of all changes, where the source's entry says that it is to be read. */
  readonly log?: SourceLog
}

/**
 * Where rows come from. A service lives for one run: it opens its connection when it is first used and closes it when
 * the run ends, however it ends. It only ever reads.
 */
export class Source extends Context.Service<Source, SourceShape>()("@starbase-replication/core/Source") {}

/**
 * The same source with something done about each of its queries, of which several may go out in one round trip; what it does
 * not offer, it still does not.
 */
export const mapQueries = (
  source: SourceShape,
  map: <A>(
    query: Effect.Effect<A, ConnectorError>,
    method: Exclude<keyof SourceShape, "notices">,
    queries: number,
  ) => Effect.Effect<A, ConnectorError>,
): SourceShape => {
  const { notices, readMany, whyMissing, cautions, structure, summarize } = source
  const { digest, countBefore, estimate, transactions, log } = source
  const { readWhole, measure } = source
  return {
    ...(notices === undefined ? {} : { notices }),
    list: (schema) => map(source.list(schema), "list", 1),
    describe: (names) => map(source.describe(names), "describe", 1),
    read: (request) => map(source.read(request), "read", 1),
    ...(readMany === undefined ? {} : { readMany: (requests) => map(readMany(requests), "readMany", requests.length) }),
    lookup: (request) => map(source.lookup(request), "lookup", 1),
    highest: (table, column, where) => map(source.highest(table, column, where), "highest", 1),
    ...(whyMissing === undefined ? {} : { whyMissing: (name) => map(whyMissing(name), "whyMissing", 1) }),
    ...(cautions === undefined ? {} : { cautions: (table, cursor) => map(cautions(table, cursor), "cautions", 1) }),
    ...(structure === undefined ? {} : { structure: (table) => map(structure(table), "structure", 1) }),
    ...(summarize === undefined ? {} : { summarize: (request) => map(summarize(request), "summarize", 1) }),
    ...(digest === undefined
      ? {}
      : { digest: (request) => (request.bounds === undefined ? digest(request) : map(digest(request), "digest", 1)) }),
    ...(countBefore === undefined ? {} : { countBefore: (request) => map(countBefore(request), "countBefore", 1) }),
    ...(readWhole === undefined
      ? {}
      : {
          readWhole: (request) =>
            Effect.map(readWhole(request), ({ next }): Reading => ({ next: map(next, "readWhole", 1) })),
        }),
    ...(measure === undefined ? {} : { measure: (request) => map(measure(request), "measure", 1) }),
    ...(estimate === undefined ? {} : { estimate: (table) => map(estimate(table), "estimate", 1) }),
    ...(transactions === undefined ? {} : { transactions: map(transactions, "transactions", 1) }),
    ...(log === undefined
      ? {}
      : {
          log: {
            ...log,
            standing: (tables) => map(log.standing(tables), "log", 1),
            keep: map(log.keep, "log", 1),
            drop: map(log.drop, "log", 1),
            confirm: (position) => map(log.confirm(position), "log", 1),
            now: map(log.now, "log", 1),
            read: (request, take) => map(log.read(request, take), "log", 1),
          },
        }),
  }
}

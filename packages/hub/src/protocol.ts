import { type Code, codes, type ColumnType } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** What a hub is asked, and what it answers: the same over HTTP as where the hub is called as a function. */

const Texts = Schema.Array(Schema.String)
const Row = Schema.Array(Schema.NullOr(Schema.String))

const Filter = Schema.Union([
  Schema.Struct({
    column: Schema.String,
    op: Schema.Literals(["eq", "neq", "lt", "lte", "gt", "gte"]),
    value: Schema.String,
  }),
  Schema.Struct({ column: Schema.String, op: Schema.Literal("in"), values: Texts }),
  Schema.Struct({ column: Schema.String, op: Schema.Literals(["isNull", "isNotNull"]) }),
])

/** The table asked for is that of this generation: of any other one nothing is told. */
const ofTable = { table: Schema.String, generation: Schema.String }

const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

const Hello = Schema.Struct({ method: Schema.Literal("hello") })

const Read = Schema.Struct({
  method: Schema.Literal("read"),
  ...ofTable,
  columns: Texts,
  where: Schema.Array(Filter),
  order: Texts,
  after: Schema.optionalKey(Texts),
  limit: Limit,
  maxBytes: Schema.Number,
})

const Lookup = Schema.Struct({
  method: Schema.Literal("lookup"),
  ...ofTable,
  columns: Texts,
  where: Schema.Array(Filter),
  key: Texts,
  keys: Schema.Array(Texts),
})

const Highest = Schema.Struct({
  method: Schema.Literal("highest"),
  ...ofTable,
  column: Schema.String,
  where: Schema.Array(Filter),
})

/** All rows of a table without a key, as of one moment. */
const Whole = Schema.Struct({
  method: Schema.Literal("whole"),
  ...ofTable,
  columns: Texts,
  where: Schema.Array(Filter),
  rows: Schema.Int,
})

const Measure = Schema.Struct({
  method: Schema.Literal("measure"),
  ...ofTable,
  columns: Texts,
  where: Schema.Array(Filter),
  lacking: Schema.optionalKey(Texts),
  weighed: Schema.Boolean,
  most: Schema.optionalKey(Schema.Int),
})

/** The changes after `since`, up to and with `until`, both of `epoch`; `skip` so many of the first seq of them that has any. */
const Changes = Schema.Struct({
  method: Schema.Literal("changes"),
  epoch: Schema.String,
  since: Schema.Int,
  until: Schema.Int,
  skip: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  tables: Schema.Array(Schema.Struct({ ...ofTable, columns: Texts })),
})

export const FeedRequest = Schema.Union([Hello, Read, Lookup, Highest, Whole, Measure, Changes])
export type FeedRequest = typeof FeedRequest.Type
export type RequestOf<Method extends FeedRequest["method"]> = Extract<FeedRequest, { readonly method: Method }>

/** What is asked about one table alone. */
export type TableRequest = Exclude<FeedRequest, RequestOf<"hello"> | RequestOf<"changes">>

const types = [
  "integer",
  "unsigned",
  "real",
  "boolean",
  "blob",
  "decimal",
  "json",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "text",
] as const satisfies ReadonlyArray<ColumnType>

export const FedColumn = Schema.Struct({
  name: Schema.String,
  type: Schema.Literals(types),
  /** The type with which the hub's SQLite declares it. */
  declared: Schema.String,
})
export type FedColumn = typeof FedColumn.Type

export const FedTable = Schema.Struct({
  name: Schema.String,
  columns: Schema.Array(FedColumn),
  key: Texts,
  /** Under another one, what was told of the table before says nothing any more: it is read anew. */
  generation: Schema.String,
})
export type FedTable = typeof FedTable.Type

export const answers = {
  /**
   * All up to `seq` is final, and from after `trimmed` on nothing is missing. After `last` nothing has changed for whoever asks.
   */
  hello: Schema.Struct({
    /** Of the tenant whose rows alone are told, the name; null where all are. */
    tenant: Schema.NullOr(Schema.String),
    epoch: Schema.String,
    seq: Schema.Int,
    last: Schema.Int,
    trimmed: Schema.Int,
    tables: Schema.Array(FedTable),
  }),
  read: Schema.Struct({ rows: Schema.Array(Row), bytes: Schema.Number, done: Schema.Boolean }),
  lookup: Schema.Struct({ rows: Schema.Array(Row) }),
  highest: Schema.Struct({ value: Schema.NullOr(Schema.String) }),
  /** One row more than `rows` says that the table has more. */
  whole: Schema.Struct({ rows: Schema.Array(Row) }),
  measure: Schema.Struct({ rows: Schema.Int, bytes: Schema.optionalKey(Schema.Number) }),
  /**
   * Of each change its seq, the place of its table among those asked for, its place within the seq, the first being 1, the key,
   * and the row as it is now; null where there is none for whoever asks. `left` says that more follows the last one, and `lost`
   * that the log does not go back so far any more, or was begun anew.
   */
  changes: Schema.Struct({
    changes: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int, Schema.Int, Texts, Schema.NullOr(Row)])),
    /** The last change that was looked at, whether or not its table was asked for. */
    last: Schema.NullOr(Schema.Tuple([Schema.Int, Schema.Int])),
    left: Schema.Boolean,
    lost: Schema.Boolean,
  }),
}

export type AnswerTo<Method extends FeedRequest["method"]> = (typeof answers)[Method]["Type"]

/** Why there is no answer. */
export const FeedFailure = Schema.Struct({
  code: Schema.Literals(Object.keys(codes) as Array<Code>),
  message: Schema.String,
  hint: Schema.optionalKey(Schema.String),
})

/** An answer as it is sent: what it is depends on the method, see {@link answers}. */
export const FeedAnswer = Schema.Union([
  Schema.Struct({ answer: Schema.Unknown }),
  Schema.Struct({ failure: FeedFailure }),
])
export type FeedAnswer = typeof FeedAnswer.Type

/** Where a hub answers over HTTP, behind its URL; what it is sent there names the tenant, where the token does not. */
export const feedPath = "/replicate/hub/feed"
export const FeedBody = Schema.Struct({ tenant: Schema.optionalKey(Schema.String), request: FeedRequest })

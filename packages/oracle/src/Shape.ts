import fc from "fast-check"

/** Types of value columns, by names that each dialect has a type for. */
export const kinds = [
  "integer",
  "bigint",
  "text",
  "varchar",
  "numeric",
  "boolean",
  "double",
  "timestamptz",
  "timestamp",
  "date",
  "bytes",
  "json",
  "uuid",
  "integers",
] as const
export type Kind = (typeof kinds)[number]

/** Of tables without a key `nullable` has a unique index over a column that may be NULL, and `none` has nothing. */
export type KeyKind =
  | "integer"
  | "bigint"
  | "text"
  | "uuid"
  | "composite"
  | "identity"
  | "numeric"
  | "none"
  | "nullable"
export type CursorKind = "timestamptz" | "timestamp" | "date" | "sequence"

/** What a history's table is like, and how it is replicated. */
export interface Shape {
  /** `identity` is a key that the source gives itself, as in a log to which rows are only ever appended. */
  readonly key: KeyKind
  /** `id` is the key itself; it goes with an identity alone. */
  readonly cursor: CursorKind | "id" | undefined
  readonly isCursorNullable: boolean
  readonly values: ReadonlyArray<Kind>
  /** Whether each write leaves a number of its own, so that no two versions of a row are equal. */
  readonly isCounted: boolean
  readonly deletes: "ignore" | "soft" | "reconcile" | "hourly"
  readonly drift: "follow" | "freeze" | "fail"
  readonly isFull: boolean
  /** Whether only rows whose `n` is above 2 are replicated. */
  readonly isFiltered: boolean
  readonly batchSize: number
  readonly overlaps: boolean
  /** Where the source has them, a table of partitions, or what a refresh takes from a table that is written. */
  readonly form: "plain" | "partitioned" | "materialized"
  readonly rows: number
  /** Whether the replica calls columns otherwise, and leaves some out by patterns. */
  readonly isRenamed: boolean
  /** Whether the replica has indexes, and sort keys of the numbers that writes leave. */
  readonly isIndexed: boolean
  /** What is masked: the first column of the key, or some values by tokens, or some values that are not read at all. */
  readonly masked: Masked | undefined
}

export type Masked = "key" | "key and values" | "values" | "blanks"

/** Records that print as they are written. */
export const record = <T extends object>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

const rarely = (weight: number) => fc.integer({ min: 1, max: weight }).map((drawn) => drawn === weight)

const drawn: fc.Arbitrary<Shape> = record({
  key: fc.constantFrom<KeyKind>("integer", "integer", "bigint", "text", "uuid", "composite", "identity", "numeric"),
  cursor: fc.constantFrom<Shape["cursor"]>(undefined, "timestamptz", "timestamp", "date", "sequence", "sequence"),
  isCursorNullable: fc.boolean(),
  values: fc.uniqueArray(fc.constantFrom(...kinds), { maxLength: 3 }),
  isCounted: fc.boolean(),
  deletes: fc.constantFrom<Shape["deletes"]>("reconcile", "reconcile", "hourly", "soft", "ignore"),
  drift: fc.constantFrom<Shape["drift"]>("follow", "follow", "follow", "freeze", "fail"),
  isFull: rarely(6),
  isFiltered: rarely(5),
  isRenamed: rarely(4),
  isIndexed: rarely(4),
  masked: fc.constantFrom<Shape["masked"]>(
    undefined,
    undefined,
    undefined,
    undefined,
    "key",
    "key and values",
    "values",
    "blanks",
  ),
  batchSize: fc.constantFrom(1, 2, 3, 5, 5000),
  overlaps: rarely(4),
  form: fc.constantFrom<Shape["form"]>(
    "plain",
    "plain",
    "plain",
    "plain",
    "plain",
    "partitioned",
    "partitioned",
    "materialized",
  ),
  rows: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 101, max: 300 }) },
  ),
})

/** Whether nothing tells a table's rows apart. */
export const isKeyless = ({ key }: Pick<Shape, "key">): boolean => key === "none" || key === "nullable"

/** Shapes of tables without a key, in which equal rows are common. */
export const keylessShapes: fc.Arbitrary<Shape> = fc
  .tuple(drawn, fc.constantFrom<KeyKind>("none", "none", "nullable"), fc.boolean())
  .map(([shape, key, isCounted]) => ({
    ...shape,
    key,
    cursor: undefined,
    isCursorNullable: false,
    values: shape.values.slice(0, 2),
    isCounted: isCounted && shape.isCounted,
    deletes: shape.deletes === "ignore" ? "reconcile" : shape.deletes,
  }))

/** Shapes whose parts go together. */
export const shapes: fc.Arbitrary<Shape> = drawn.map((shape) => {
  // A refresh shows rows long after they got their cursor.
  const form = shape.key === "identity" && shape.form === "materialized" ? "plain" : shape.form
  const hasNone = shape.isFull || form === "materialized"
  const cursor = shape.key === "identity" ? ("id" as const) : hasNone ? undefined : shape.cursor
  return {
    ...shape,
    form,
    cursor,
    // A cursor cannot be masked.
    masked: cursor === "id" && shape.masked?.startsWith("key") === true ? undefined : shape.masked,
    isFull: shape.isFull && cursor === undefined,
    isCursorNullable: shape.isCursorNullable && cursor !== undefined && cursor !== "id",
    batchSize: shape.rows > 100 ? Math.max(shape.batchSize, 50) : shape.batchSize,
  }
})

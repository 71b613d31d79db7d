import { type Column, type ConnectorError, Source, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { broken, type Finding, same, sameSet } from "../internal/expect.ts"
import { made, notOffered } from "../internal/made.ts"
import { summaryOf } from "../internal/summary.ts"
import { columnOf, describe, inRun, Subject } from "../internal/subject.ts"
import { canonicalOf, typedTables } from "../internal/typedTables.ts"
import { checkRows, shorten, walk } from "../internal/walk.ts"
import type { TypeCase } from "../SourceHarness.ts"
import { docs } from "./docs.ts"

/** A column of a declared type beside the table's `id`. */
export interface Typed {
  readonly table: TableSchema
  readonly id: Column
  readonly column: Column
  readonly type: TypeCase
  /** Its rows as they must come: `id` and the value, NULL left out. */
  readonly rows: ReadonlyArray<readonly [id: string, value: string]>
}

/** Makes tables of all declared types, and tries each column of them in a run. */
export const eachType = <A>(
  attempt: (typed: Typed) => Effect.Effect<A, Finding | ConnectorError, Source>,
): Effect.Effect<ReadonlyArray<A>, Finding | ConnectorError, Subject> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { types, refuses = {} } = yield* Subject
      const isGiven = (value: TypeCase[2][number]) => refuses.text?.(canonicalOf(value)) !== true
      const keys = types
        .filter(([declared]) => refuses.key?.(declared) !== true)
        .map(([declared, becomes, values, ...rest]): TypeCase => [declared, becomes, values.filter(isGiven), ...rest])
      const tried: Array<A> = []
      for (const { table: spec, rows, types: some } of typedTables(keys)) {
        yield* Effect.orDie(made(spec, rows))
        const found = yield* inRun(
          Effect.gen(function* () {
            const table = yield* describe(spec)
            const id = yield* columnOf(table, "id")
            return yield* Effect.forEach(some, (type, place) =>
              Effect.flatMap(columnOf(table, `c${place}`), (column) =>
                attempt({ table, id, column, type, rows: type[2].map((value, n) => [String(n), canonicalOf(value)]) }),
              ),
            )
          }),
        )
        tried.push(...found)
      }
      return tried
    }),
  )

const refusals = new Set<string>(["unsupported", "invalid-config"])

/** A failure is fine where the suite says that the type is no key, and then says that it cannot be asked. */
const unlessRefused = (
  [declared, , , noKey]: TypeCase,
  what: string,
  effect: Effect.Effect<void, Finding | ConnectorError, Source>,
): Effect.Effect<void, Finding, Source> =>
  Effect.catchTag(effect, "ConnectorError", ({ code, message }) => {
    if (noKey !== undefined && refusals.has(code)) return Effect.void
    const way = noKey === undefined ? " Where it cannot be one, say so: without(reason) after the type's values." : ""
    return broken(`${what} of the type "${declared}" as a key, it fails with ${code}: ${message}.${way}`)
  })

export const isNotNull = (column: Column) => [{ column: column.name, op: "isNotNull" } as const]

/** The rows in the order of the column, by pages of so many. */
const inOrder = ({ table, id, column }: Typed, limit: number) =>
  Effect.map(
    walk({ table, columns: [id, column], where: isNotNull(column), order: [column.name, "id"], limit }),
    ({ rows }) => rows,
  )

const read = (typed: Typed) =>
  unlessRefused(
    typed.type,
    "Read by a column",
    Effect.gen(function* () {
      const [declared] = typed.type
      const all = yield* inOrder(typed, 1000)
      yield* sameSet(all, typed.rows, `The rows in the order of a column of the type "${declared}", all in one page.`)
      yield* same(yield* inOrder(typed, 1), all, `The same in pages of one row, against one page of all.`)
    }),
  )

const lookUp = Effect.fnUntraced(function* ({ table, id, column, type: [declared] }: Typed, rows: Typed["rows"]) {
  const source = yield* Source
  const asked = { table, columns: [id, column], where: [] }
  const what = `of a key of the type "${declared}"`
  const one = yield* source.lookup({ ...asked, key: [column.name], keys: rows.map(([, value]) => [value]) })
  yield* checkRows(asked.columns, one)
  yield* sameSet(one, rows, `What lookup finds by the values ${shorten(rows.map(([, value]) => value))} ${what}.`)
  const keys = rows.map(([n, value]) => [value, n])
  const two = yield* source.lookup({ ...asked, key: [column.name, "id"], keys })
  yield* sameSet(two, rows, `What lookup finds by the keys ${shorten(keys)} ${what} and an id.`)
})

/** Looks up all values at once, where the type may be a key. */
const find = (typed: Typed): Effect.Effect<void, Finding | ConnectorError, Source> => {
  const { type, rows } = typed
  const [, , , noKey] = type
  if (noKey === undefined) return unlessRefused(type, "Looked up by a column", lookUp(typed, rows))
  // One value at a time, since one that is refused says nothing of the others.
  return Effect.forEach(
    rows,
    ([, value]) =>
      unlessRefused(
        type,
        "Looked up by a column",
        lookUp(
          typed,
          rows.filter(([, other]) => other === value),
        ),
      ),
    { discard: true },
  )
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether there are keys of the type that `KeySummary` tells the numbers of. */
const hasNumbers = ({ type: [, becomes, values, noKey] }: Typed): boolean =>
  noKey === undefined &&
  values.length > 0 &&
  (becomes === "integer" || becomes === "unsigned" || values.map(canonicalOf).every((value) => uuid.test(value)))

/** Whether it is summed up. */
const sumUp = (typed: Typed): Effect.Effect<boolean, Finding | ConnectorError, Source> =>
  Effect.gen(function* () {
    const { summarize } = yield* Source
    if (summarize === undefined || !hasNumbers(typed)) return false
    const { table, column, type, rows } = typed
    const until = (yield* inOrder(typed, 1000)).at(-1)?.[1] ?? ""
    const request = { table, where: isNotNull(column), key: [column], after: undefined, until: [until] }
    const summary = yield* summarize(request)
    if (summary === undefined) return false
    yield* same(summary, summaryOf(rows.map(([, value]) => [value])), `The keys of the type "${type[0]}", all of them.`)
    return true
  })

const paging = makeTopic<Subject>("paging", docs.paging)
const lookup = makeTopic<Subject>("lookup", docs.lookup)
const summaries = makeTopic<Subject>("summaries", docs.summaries)

/** Each of the suite's types as a key: read by it, looked up by it, summed up. */
export const typedKeys = [
  paging(
    "keys of the declared types",
    "Rows page in the order of a column of each declared type without loss, a row at a time too. A type for which the suite says that it is no key may be refused instead; it loses no row either.",
    Effect.asVoid(eachType(read)),
  ),
  lookup(
    "keys of the declared types",
    "A row is found by the very text that read gives for its key, whatever the declared type, alone and beside another column: one that is left out would be proven absent. A type for which the suite says that it is no key may be refused instead.",
    Effect.asVoid(eachType(find)),
  ),
  summaries(
    "keys of the declared types",
    "summarize, where a source offers it, gives for keys of each declared type of integers or UUIDs what KeySummary tells, or undefined.",
    Effect.flatMap(eachType(sumUp), (tried) =>
      tried.includes(true) ? Effect.void : notOffered("the source does not summarize keys of the suite's types"),
    ),
  ),
]

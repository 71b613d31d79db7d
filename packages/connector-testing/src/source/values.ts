import { type Row, Source, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { canonicalProblem } from "../internal/canonical.ts"
import { makeTopic } from "../internal/check.ts"
import { broken, same } from "../internal/expect.ts"
import { allowed, columns, kindsOffered, made } from "../internal/made.ts"
import { range, samples } from "../internal/samples.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { canonicalOf, typedTables } from "../internal/typedTables.ts"
import { checkRows, shorten, walk } from "../internal/walk.ts"
import type { TypeCase } from "../SourceHarness.ts"
import type { Kind } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("values", docs.values)

/** Compares what came of a table with what its types declare. */
const compare = Effect.fnUntraced(function* (
  found: TableSchema,
  rows: ReadonlyArray<Row>,
  types: ReadonlyArray<TypeCase>,
) {
  for (const [place, [declared, becomes, values]] of types.entries()) {
    const column = found.columns[place + 2]
    yield* same(column?.type, becomes, `What ${declared} becomes.`)
    yield* same(
      rows.map((row) => row[place + 2]),
      [...values.map(canonicalOf), ...range(rows.length - values.length).map(() => null)],
      `The values of ${declared}, NULL after the last.`,
    )
  }
})

/** Makes the tables of the declared types, reads each in a way of its own, and compares. */
const declared = (read: (table: TableSchema, ids: ReadonlyArray<string>) => ReturnType<typeof rowsByKey>) =>
  Effect.gen(function* () {
    const { types } = yield* Subject
    yield* checkDeclarations(types)
    for (const { table, rows, types: some } of typedTables(types)) {
      yield* made(table, rows)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(table)
          const ids = rows.map(([id]) => String(id))
          yield* compare(found, yield* read(found, ids), some)
        }),
      )
    }
  })

const checkDeclarations = Effect.fnUntraced(function* (types: ReadonlyArray<TypeCase>) {
  if (types.length === 0) return yield* broken("The harness declares no types.")
  for (const [type, becomes, values] of types) {
    for (const value of values.map(canonicalOf)) {
      const problem = canonicalProblem(becomes, value)
      if (problem === undefined) continue
      return yield* broken(
        `The harness declares ${shorten(value)} as the ${becomes} that ${type} becomes, but ${problem}.`,
      )
    }
  }
})

const rowsByKey = (table: TableSchema) => Effect.map(walk({ table, limit: 3 }), ({ rows }) => rows)

const promise =
  "A value has the same canonical text whatever its type, its session's settings and the way it is read, and NULL stays null."

export const values = [
  check("the declared types, on scans by key", promise, declared(rowsByKey)),

  check(
    "the declared types, on reads by cursor",
    promise,
    declared((table) => Effect.map(walk({ table, order: ["at", "id"], limit: 3 }), ({ rows }) => rows)),
  ),

  check(
    "the declared types, through lookup",
    promise,
    declared((table, ids) =>
      Effect.gen(function* () {
        const source = yield* Source
        const keys = ids.map((id) => [id])
        const rows = yield* source.lookup({ table, columns: table.columns, where: [], key: ["id"], keys })
        yield* checkRows(table.columns, rows)
        return rows.toSorted(([a], [b]) => Number(a) - Number(b))
      }),
    ),
  ),

  check(
    "every kind of value",
    "Nothing is rounded, cut, padded or folded: not int64 beyond 2^53, not thirty digits, not microseconds, not bytes, not emoji, not blanks. An empty text is not NULL.",
    Effect.gen(function* () {
      const kinds = yield* kindsOffered(Object.keys(samples) as Array<Kind>)
      for (const kind of kinds) {
        const isText = kind === "text" || kind === "longText"
        const all = isText ? yield* allowed("text", samples[kind].values) : samples[kind].values
        const stored = [...all, null].map((value, n) => [String(n), value])
        const table = yield* made(
          { name: `kit_values_${kind}`.toLowerCase(), columns: columns({ id: "integer", v: `${kind}?` }), key: ["id"] },
          stored,
        )
        const rows = yield* inRun(Effect.flatMap(describe(table), rowsByKey))
        yield* same(rows, stored, `Values of the kind ${kind}.`)
      }
    }),
  ),
]

import { type Row, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet, that } from "../internal/expect.ts"
import { columns, insert, kindsOffered, made, notOffered } from "../internal/made.ts"
import { range, samples } from "../internal/samples.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { abilities, readAll, wholeOf } from "../internal/whole.ts"
import type { Kind } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("whole", docs.whole)

const kit = { name: "kit_whole", columns: columns({ id: "integer?", v: "text?" }) }
const twice = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...values, ...values]

/** Every row as often as it is there. */
const some: ReadonlyArray<Row> = [
  ["1", "a"],
  ["1", "a"],
  ["1", "b"],
  ["1", null],
  [null, "a"],
  [null, "a"],
  [null, ""],
  [null, null],
  [null, null],
  [null, null],
]

export const whole = [
  check(
    "equal rows and NULLs",
    "readWhole gives each row as often as it is there, those of nothing but NULL too, in pages of whatever size; the rows that do not meet where are left out.",
    Effect.gen(function* () {
      yield* made(kit, some)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          for (const pageRows of [1, 3, 1000]) {
            yield* sameSet(yield* readAll(wholeOf(found, { pageRows })), some, `In pages of ${pageRows} rows.`)
          }
          const where = [{ column: "v", op: "eq", value: "a" } as const]
          const expected = some.filter(([, v]) => v === "a")
          yield* sameSet(yield* readAll(wholeOf(found, { where })), expected, "The rows whose v is a.")
        }),
      )
    }),
  ),

  check(
    "values",
    "The values are the canonical texts that read gives, whatever the column's type.",
    Effect.gen(function* () {
      const kinds = yield* kindsOffered(Object.keys(samples) as ReadonlyArray<Kind>)
      const names = Object.fromEntries(kinds.map((kind) => [kind.toLowerCase(), `${kind}?` as const]))
      const length = Math.max(...kinds.map((kind) => samples[kind].values.length))
      const rows = range(length).map((at) => kinds.map((kind) => samples[kind].values[at] ?? null))
      const table = yield* made({ name: "kit_whole_values", columns: columns(names) }, twice(rows))
      const read = yield* inRun(Effect.flatMap(describe(table), (found) => readAll(wholeOf(found))))
      yield* sameSet(read, twice(rows), "Each row is there twice.")
    }),
  ),

  check(
    "an empty table",
    "readWhole of a table without rows comes to its end at once, and measure counts none.",
    Effect.gen(function* () {
      yield* made(kit)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          yield* same(yield* readAll(wholeOf(found)), [], "There are no rows.")
          const { measure } = yield* abilities
          const asked = { table: found, columns: found.columns, where: [], weighed: true, digested: false }
          yield* same((yield* measure({ ...asked, most: undefined })).rows, 0, "How many rows there are.")
        }),
      )
    }),
  ),

  check(
    "one moment",
    "All pages are of one moment: what is committed once the first has come, rows that are new, changed or gone, is in none of them.",
    Effect.gen(function* () {
      const count = 400
      const wide = { name: "kit_whole_moment", columns: columns({ id: "integer", v: "longText" }) }
      const before = range(count).map((n) => [String(n % 100), `before ${"w".repeat(20_000)}`])
      yield* made(wide, before)
      const { tables } = yield* Subject
      const change = Effect.promise(async () => {
        await tables.insert(wide, [["1", "new"]])
        await tables.update(wide, "98", { v: "changed" })
        await tables.delete(wide, "99")
        await tables.update(wide, "0", { v: "changed" })
      })
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(wide)
          const read = yield* readAll(wholeOf(found, { pageRows: 20, pageBytes: 100_000 }), change)
          const short = (rows: ReadonlyArray<Row>) => rows.map(([id, v]) => `${id} ${v?.slice(0, 10)}`)
          yield* sameSet(short(read), short(before), "The rows as they were when the first page came.")
          const after = yield* readAll(wholeOf(found))
          yield* same(after.length, count - 3, "How many rows there are afterwards.")
        }),
      )
    }),
  ),

  check(
    "a bound",
    "Where there are more rows or bytes than most allows, the reading gives more than that, or fails with too-large: it never ends as if there were no more. measure counts no more than one row beyond.",
    Effect.gen(function* () {
      const count = 300
      const bytes = count * 1000
      yield* made(
        kit,
        range(count).map((n) => [String(n % 7), "x".repeat(100)]),
      )
      const wide = { name: "kit_whole_wide", columns: columns({ v: "longText" }) }
      yield* made(
        wide,
        range(count).map(() => ["w".repeat(1000)]),
      )
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          const { measure } = yield* abilities
          for (const rows of [1, 10, count - 1]) {
            const most = { rows, bytes }
            const read = yield* readAll(wholeOf(found, { most })).pipe(
              Effect.map(({ length }) => length),
              Effect.catchIf(
                (error) => "code" in error && error.code === "too-large",
                () => Effect.succeed(count),
              ),
            )
            yield* that(read > rows, `Of ${count} rows, ${read} came where ${rows} are allowed, as if that were all.`)
            const asked = { table: found, columns: found.columns, where: [], weighed: false, digested: false }
            yield* same((yield* measure({ ...asked, most: rows })).rows, rows + 1, `Measured up to ${rows} rows.`)
          }
          const most = { rows: count, bytes: bytes / 10 }
          const read = yield* Effect.flatMap(describe(wide), (table) => readAll(wholeOf(table, { most }))).pipe(
            Effect.map(({ length }) => length * 1000),
            Effect.catchIf(
              (error) => "code" in error && error.code === "too-large",
              () => Effect.succeed(bytes),
            ),
          )
          yield* that(read > most.bytes, `${read} bytes came where ${most.bytes} are allowed, as if they were all.`)
        }),
      )
    }),
  ),

  check(
    "counts",
    "measure counts the rows that meet where, and with lacking those in which one of the columns is NULL; bytes, where it tells them, is about the size of the values.",
    Effect.gen(function* () {
      yield* made(kit, some)
      const wide = { name: "kit_whole_wide", columns: columns({ v: "longText" }) }
      yield* made(
        wide,
        range(50).map(() => ["w".repeat(1000)]),
      )
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          const { measure } = yield* abilities
          const asked = { table: found, columns: found.columns, weighed: false, digested: false, most: undefined }
          const where = [{ column: "v", op: "eq", value: "a" } as const]
          const counts = [
            yield* measure({ ...asked, where: [] }),
            yield* measure({ ...asked, where }),
            yield* measure({ ...asked, where: [], lacking: ["id"] }),
            yield* measure({ ...asked, where: [], lacking: ["id", "v"] }),
            yield* measure({ ...asked, where, lacking: ["id"] }),
          ]
          yield* same(
            counts.map(({ rows }) => rows),
            [10, 4, 6, 7, 2],
            "All rows; those whose v is a; those without an id, or without one of the two; those of both.",
          )
          const large = yield* describe(wide)
          const { bytes } = yield* measure({ ...asked, table: large, columns: large.columns, where: [], weighed: true })
          const isAbout = bytes === undefined || (bytes > 40_000 && bytes < 80_000)
          yield* that(isAbout, `50 texts of 1000 characters are told to have ${bytes} bytes.`)
        }),
      )
    }),
  ),

  check(
    "digests",
    "Where the source digests, each row that is read with hashed has its hash behind its values, and measure gives the sum of the hashes as numbers: rows that are there twice do not take themselves away.",
    Effect.gen(function* () {
      yield* made(kit, some)
      const isOffered = yield* inRun(
        Effect.gen(function* () {
          const { digest } = yield* Source
          const { measure } = yield* abilities
          if (digest === undefined) return false
          const found = yield* describe(kit)
          const asked = { table: found, columns: found.columns, where: [], weighed: false, digested: true, most: 100 }
          const sumOf = Effect.fnUntraced(function* (expected: ReadonlyArray<Row>) {
            const rows = yield* readAll(wholeOf(found, { hashed: true }))
            const values = rows.map((row) => row.slice(0, 2))
            yield* sameSet(values, expected, "The rows but for their hashes.")
            const sum = String(rows.reduce((total, row) => total + BigInt(`0x${row[2]}`), 0n))
            yield* same((yield* measure(asked)).digest, sum, "The sum of the hashes of the rows that were read.")
            return sum
          })
          const before = yield* sumOf(some)
          const pair = twice(some.slice(0, 1))
          yield* insert(kit, pair)
          const after = yield* sumOf([...some, ...pair])
          yield* that(before !== after, "Two equal rows more leave the sum as it was.")
          return true
        }),
      )
      if (!isOffered) yield* notOffered("the source does not digest")
    }),
  ),

  check(
    "a reading that is left",
    "A reading that ends with its scope before its last page leaves nothing behind: the same run asks on, and reads the table anew.",
    Effect.gen(function* () {
      const rows = range(300).map((n) => [String(n), "w".repeat(90)])
      yield* made(kit, rows)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          const { readWhole } = yield* abilities
          for (const _ of range(3)) {
            const request = wholeOf(found, { pageRows: 10, pageBytes: 1000 })
            yield* Effect.scoped(Effect.flatMap(readWhole(request), ({ next }) => next))
          }
          yield* same((yield* readAll(wholeOf(found))).length, rows.length, "How many rows came afterwards.")
        }),
      )
    }),
  ),
]

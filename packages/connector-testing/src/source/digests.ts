import { type Column, compareKeys, type ConnectorError, type Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { digestsOf, holdDigests } from "../internal/digesting.ts"
import { type Finding, same, that } from "../internal/expect.ts"
import { columns, insert, made, notOffered, remove, update } from "../internal/made.ts"
import { samples } from "../internal/samples.ts"
import { columnOf, describe, inRun, type Subject } from "../internal/subject.ts"
import { shorten } from "../internal/walk.ts"
import { docs } from "./docs.ts"
import { eachType, isNotNull, type Typed } from "./typedKeys.ts"

const check = makeTopic<Subject>("digests", docs.digests)

const unlessOffered = (isOffered: boolean, what: string) =>
  isOffered ? Effect.void : notOffered(`the source does not digest ${what}`)

/** Values of a type, each digested by itself: NULL and all that have other texts differ. */
const valueTold = ({ table, id, column, type: [declared], rows }: Typed) =>
  Effect.gen(function* () {
    // A row without a value is NULL in the column; there is one after the last value.
    const texts = [...rows.map(([, value]) => value), null]
    const bounds = texts.slice(0, -1).map((_, n) => [String(n)])
    const asked = {
      table,
      columns: [column],
      key: [id],
      where: [{ column: "id", op: "lte", value: String(rows.length) } as const],
    }
    const digests = yield* digestsOf(asked, bounds)
    if (digests === undefined) return false
    const seen = new Map<string, string | null>()
    for (const [n, { count, digest }] of digests.entries()) {
      yield* same(count, 1, `How many rows have the id ${n}.`)
      const text = texts[n] ?? null
      const before = seen.get(digest ?? "")
      yield* that(
        before === undefined || before === text,
        `Rows in which a column of the type "${declared}" is ${shorten(before ?? "NULL")} and ${shorten(text ?? "NULL")} have the same hash.`,
      )
      seen.set(digest ?? "", text)
    }
    return true
  })

/** Values of a type as keys. */
const keyTold = (typed: Typed): Effect.Effect<boolean, Finding | ConnectorError, Source> =>
  Effect.gen(function* () {
    const { table, id, column, type, rows } = typed
    if (type[3] !== undefined) return false
    const compare = compareKeys([column])
    const keys = [...new Set(rows.map(([, value]) => value))].map((value) => [value]).toSorted(compare)
    const some = keys.filter((_, place) => place % 2 === 1 || place === keys.length - 1)
    const where = isNotNull(column)
    const what = `keys of the type "${type[0]}"`
    const one = yield* holdDigests({ table, columns: [id, column], key: [column, id], where }, some, what)
    const bounds = some.flatMap(([value = ""]) => [
      [value, "0"],
      [value, "7"],
    ])
    const two = yield* holdDigests(
      { table, columns: [id, column], key: [column, id], where },
      bounds,
      `${what} and an id`,
    )
    // A bound may be a part of a key.
    const isText = column.type === "text" || column.type === "blob"
    const cut = (value: string) =>
      column.type === "blob"
        ? value.slice(0, (value.length >> 2) * 2)
        : [...value].slice(0, [...value].length >> 1).join("")
    const parts = [...new Set(isText ? keys.map(([value = ""]) => cut(value)) : [])]
      .map((value) => [value])
      .toSorted(compare)
    const three = yield* holdDigests(
      { table, columns: [id, column], key: [column, id], where },
      parts,
      `${what}, parted by parts of them`,
    )
    return one && two && three
  })

const table = {
  name: "kit_digested",
  columns: columns({ id: "integer", a: "text?", b: "text?", c: "integer?" }),
  key: ["id"],
}
const pairs = { name: "kit_digested_pairs", columns: columns({ a: "integer", b: "text", c: "text?" }), key: ["a", "b"] }

const unchanged = { a: "ab", b: "cd", c: "5" }

/** What is done to the fifth row, whose range alone must change. No two of them leave the same row. */
const changes: ReadonlyArray<readonly [what: string, change: Readonly<Record<string, string | null>>]> = [
  ["a text", { a: "other" }],
  ["a space at the end of a text", { a: "ab " }],
  ["the case of a text", { a: "AB" }],
  ["a text that becomes empty", { b: "" }],
  ["a text that becomes NULL", { b: null }],
  ["where one text ends and the next begins", { a: "a", b: "bcd" }],
  ["a text that moves to the end of another, and leaves an empty one", { a: "abcd", b: "" }],
  ["a text that moves to the end of another, and leaves NULL", { a: "abcd", b: null }],
  ["a text that moves to the beginning of another", { a: null, b: "abcd" }],
  ["a text with commas and digits", { a: "ab,2:cd", b: null }],
  ["a number", { c: "6" }],
  ["a number that becomes NULL", { c: null }],
]

export const digests = [
  check(
    "changes",
    "digest, where a source offers it, gives other digests for a range of keys where a row is changed in any value, is inserted or deleted, and the same ones for all other ranges, and for this one once the change is undone.",
    Effect.gen(function* () {
      const rows = Array.from({ length: 9 }, (_, n) => [String(n * 10), unchanged.a, unchanged.b, unchanged.c])
      yield* made(table, rows)
      const ask = inRun(
        Effect.gen(function* () {
          const found = yield* describe(table)
          const key = [yield* columnOf(found, "id")]
          return yield* digestsOf({ table: found, columns: found.columns, key, where: [] }, [["20"], ["30"], ["59"]])
        }),
      )
      const before = yield* ask
      if (before === undefined) return yield* unlessOffered(false, "tables")
      const seen = new Map<string | null | undefined, string>()
      const differs = Effect.fnUntraced(function* (what: string) {
        const after = yield* ask
        const digest = after?.[2]?.digest
        yield* that(!seen.has(digest), `The digest is the same with ${what} and with ${seen.get(digest)}.`)
        seen.set(digest, what)
        const changed = before.flatMap(({ digest }, range) => (after?.[range]?.digest === digest ? [] : [range]))
        yield* same(changed, [2], `The ranges whose digests change with ${what}.`)
      })
      for (const [what, change] of changes) {
        yield* update(table, "40", change)
        yield* differs(what)
        yield* update(table, "40", unchanged)
        yield* same(yield* ask, before, `The digests once a change of ${what} was undone.`)
      }
      yield* insert(table, [["45", unchanged.a, unchanged.b, unchanged.c]])
      yield* differs("a row that is inserted")
      yield* remove(table, "40")
      yield* differs("a row that is inserted and one that is deleted")
      yield* remove(table, "45")
      yield* differs("a row that is deleted")
    }),
  ),

  check(
    "where",
    "digest and the hashed rows of read are of the rows that meet where, and of no others.",
    Effect.gen(function* () {
      yield* made(
        table,
        samples.integer.values.map((id, n) => [id, n % 3 === 0 ? "out" : "in", null, null]),
      )
      const isOffered = yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(table)
          const key = [yield* columnOf(found, "id")]
          const where = [{ column: "a", op: "eq", value: "in" } as const]
          const bounds = [["-10"], ["-9"], ["0"], ["9007199254740992"]]
          return yield* holdDigests(
            { table: found, columns: found.columns, key, where },
            bounds,
            "the rows that meet where",
          )
        }),
      )
      yield* unlessOffered(isOffered, "tables")
    }),
  ),

  check(
    "keys of two columns",
    "digest and the spans of read compare keys column by column, in the order of compareKeys.",
    Effect.gen(function* () {
      const texts = ["", "!", "10", "9", "B", "a", "é", "\u{E000}", "\u{1F600}"]
      yield* made(
        pairs,
        ["-9223372036854775808", "-7", "10", "9"].flatMap((a) => texts.map((b) => [a, b, null])),
      )
      const isOffered = yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(pairs)
          const key: ReadonlyArray<Column> = [yield* columnOf(found, "a"), yield* columnOf(found, "b")]
          const bounds = [
            ["-9223372036854775808", "B"],
            ["-7", ""],
            ["9", "\u{E000}"],
            ["10", "9"],
            ["11", ""],
          ]
          return yield* holdDigests(
            { table: found, columns: found.columns, key, where: [] },
            bounds,
            "keys of two columns",
          )
        }),
      )
      yield* unlessOffered(isOffered, "keys of two columns")
    }),
  ),

  check(
    "values of the declared types",
    "Rows that differ in a value of any declared type, or in whether it is NULL, have other hashes.",
    Effect.flatMap(eachType(valueTold), (told) => unlessOffered(told.includes(true), "tables")),
  ),

  check(
    "keys of the declared types",
    "For keys of each declared type, digest gives the count and the XOR of the hashes of the rows that read gives, range by range in the order of compareKeys, and read those of a span; or digest gives undefined.",
    Effect.flatMap(eachType(keyTold), (told) => unlessOffered(told.includes(true), "keys of the suite's types")),
  ),
]

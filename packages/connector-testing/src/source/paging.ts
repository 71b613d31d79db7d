import { type Page, type Row, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, that } from "../internal/expect.ts"
import { columns, insert } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { moment, range, shuffled } from "../internal/samples.ts"
import type { Subject } from "../internal/subject.ts"
import { picker, readPage, valuesOf, walk } from "../internal/walk.ts"
import type { NewTable } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("paging", docs.paging)

const pageSizes = [1, 2, 7, 1000]

const numbered = (name: string): NewTable => ({
  name,
  columns: columns({ id: "integer", v: "text" }),
  key: ["id"],
})

const rowsOf = (count: number) => range(count).map((n) => [String(n - 5), `row ${n}`])

const timed: NewTable = {
  name: "kit_timed",
  columns: columns({ id: "integer", at: "timestamptz?", v: "text" }),
  key: ["id"],
}

/** 60 rows in runs of ten with the same time, which differ by microseconds across a second; every eleventh has none. */
const timedRows = range(60).map((n) => ({
  id: n % 2 === 0 ? n : -n,
  at: n % 11 === 0 ? null : moment(999_998 + Math.floor(n / 10)),
}))
const stored = shuffled(timedRows.map(({ id, at }) => [String(id), at, `row ${id}`]))
const byKey = timedRows.toSorted((a, b) => a.id - b.id)
const byTime = byKey
  .filter(({ at }) => at !== null)
  .toSorted((a, b) => ((a.at ?? "") < (b.at ?? "") ? -1 : a.at === b.at ? 0 : 1))

const ids = (rows: ReadonlyArray<{ readonly id: number }>) => rows.map(({ id }) => String(id))

export const paging = [
  check(
    "every page size",
    "Pages of any size, put together, hold each row once, in the order that was asked for: numbers in the order of numbers, times in the order of time.",
    reading(
      numbered("kit_pages"),
      shuffled(rowsOf(30)),
      Effect.fnUntraced(function* (table) {
        for (const limit of pageSizes) {
          const { rows } = yield* walk({ table, limit })
          yield* same(rows, rowsOf(30), `Pages of ${limit} rows.`)
        }
      }),
    ),
  ),

  check(
    "ties across page edges",
    "Rows that are equal in the first columns of the order are told apart by the next ones: a page edge between them loses none and repeats none.",
    reading(
      timed,
      stored,
      Effect.fnUntraced(function* (table) {
        const where = [{ column: "at", op: "isNotNull" } as const]
        for (const limit of pageSizes) {
          const { rows } = yield* walk({ table, where, order: ["at", "id"], limit })
          yield* same(valuesOf(table.columns, rows, "id"), ids(byTime), `By (at, id), ${limit} rows a page.`)
        }
      }),
    ),
  ),

  check(
    "rows without a cursor value",
    "A read in the order of the key brings rows whose cursor is NULL like all others, and a read of those alone brings them all.",
    reading(
      timed,
      stored,
      Effect.fnUntraced(function* (table) {
        for (const limit of [2, 1000]) {
          const all = yield* walk({ table, limit })
          yield* same(valuesOf(table.columns, all.rows, "id"), ids(byKey), `By key, ${limit} rows a page.`)
          const nulls = yield* walk({ table, where: [{ column: "at", op: "isNull" }], limit })
          yield* same(
            valuesOf(table.columns, nulls.rows, "id"),
            ids(byKey.filter(({ at }) => at === null)),
            `Where at is NULL, ${limit} rows a page.`,
          )
        }
      }),
    ),
  ),

  check(
    "an empty table",
    "An empty table is one empty page that is done.",
    reading(
      numbered("kit_empty"),
      [],
      Effect.fnUntraced(function* (table) {
        const page = yield* readPage({ table })
        yield* same([page.rows, page.done], [[], true], "The rows of the page, and whether it is done.")
      }),
    ),
  ),

  check(
    "one row, and exactly one page",
    "Where the only row is read, or the last page is full, the walk still comes to an end and nothing is lost.",
    reading(
      numbered("kit_few"),
      rowsOf(1),
      Effect.fnUntraced(function* (table) {
        for (const limit of [1, 2]) {
          const { rows, pages } = yield* walk({ table, limit })
          yield* same(rows, rowsOf(1), `One row, ${limit} a page.`)
          yield* that(pages.length <= 2, `One row took ${pages.length} pages.`)
        }
        yield* insert(numbered("kit_few"), rowsOf(7).slice(1))
        for (const limit of [7, 8]) {
          const { rows, pages } = yield* walk({ table, limit })
          yield* same(rows, rowsOf(7), `Seven rows, ${limit} a page.`)
          yield* that(pages.length <= 2, `Seven rows took ${pages.length} pages of ${limit}.`)
        }
      }),
    ),
  ),

  check(
    "short pages",
    "A page that is shorter than its limit is no proof of the end. A page is done only where the source knows that nothing follows; behind a cap of the server's that is an empty page.",
    reading(
      numbered("kit_many"),
      rowsOf(2500),
      Effect.fnUntraced(function* (table) {
        const large = yield* walk({ table, limit: 100_000 })
        yield* same(large.rows.length, 2500, "How many rows come with a limit of 100,000.")
        const small = yield* walk({ table, limit: 1000, maxBytes: 2000 })
        yield* same(small.rows.length, 2500, "How many rows come in pages that end early because of maxBytes.")
      }),
    ),
  ),

  check(
    "rows made later",
    "A page tells how many rows it has, the last one's place and whether it is done, before its rows are made; they may be made once the next pages have come.",
    reading(
      timed,
      stored,
      Effect.fnUntraced(function* (table) {
        const { read } = yield* Source
        const { columns: all } = table
        const where = [{ column: "at", op: "isNotNull" } as const]
        const order = ["at", "id"]
        const place = picker(all, order)
        for (const limit of [7, 1000]) {
          const request = { table, columns: all, where, order, limit, maxBytes: 1_000_000 }
          const pages: Array<Page> = []
          let page: Page | undefined
          do {
            page = yield* read({ ...request, after: page?.last })
            pages.push(page)
          } while (!page.done && page.last !== undefined)
          const made: Array<Row> = []
          for (const { rows: making, length, last, done } of pages) {
            const from = made.at(-1)
            const later = yield* making
            const again = yield* read({ ...request, after: from && place(from) })
            const atOnce = yield* again.rows
            const end = atOnce.at(-1)
            yield* same(later, atOnce, "The rows that were made later.")
            yield* same(
              [length, last, done],
              [atOnce.length, end && place(end), again.done],
              "How many rows a page had, the place of the last one, and whether it was done.",
            )
            made.push(...atOnce)
          }
          yield* same(valuesOf(all, made, "id"), ids(byTime), `By (at, id), ${limit} rows a page.`)
        }
      }),
    ),
  ),

  check(
    "columns",
    "A row has the columns that were asked for and no others, in the order in which they were asked for.",
    reading(
      timed,
      stored,
      Effect.fnUntraced(function* (table) {
        const asked = table.columns.toReversed().filter(({ name }) => name !== "at")
        const { rows } = yield* walk({ table, columns: asked, limit: 5 })
        yield* same(
          rows,
          byKey.map(({ id }) => [`row ${id}`, String(id)]),
          "The columns v and id, in that order.",
        )
      }),
    ),
  ),

  check(
    "keys of several columns",
    "A key of several columns orders by all of them, one after the other, and no row is lost at any edge.",
    Effect.suspend(() => {
      const rows = ["", "a", "b"].flatMap((c) =>
        ["-1", "0", "9007199254740993"].flatMap((b) => ["x", "y"].map((a) => [a, b, c])),
      )
      return reading(
        { name: "kit_composite", columns: columns({ a: "text", b: "integer", c: "text" }), key: ["c", "b", "a"] },
        shuffled(rows),
        Effect.fnUntraced(function* (table) {
          for (const limit of pageSizes) {
            const found = yield* walk({ table, order: ["c", "b", "a"], limit })
            yield* same(found.rows, rows, `By (c, b, a), ${limit} rows a page.`)
          }
        }),
      )
    }),
  ),
]

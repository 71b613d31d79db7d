import type { TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, that } from "../internal/expect.ts"
import { columns, made } from "../internal/made.ts"
import { moment, range, shuffled } from "../internal/samples.ts"
import { describe, failureOf, inRun, Subject } from "../internal/subject.ts"
import { askTogether, readAlone, readTogether, sameTogether } from "../internal/together.ts"
import { makePage, requestOf } from "../internal/walk.ts"
import type { NewTable } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("together", docs.together)

const numbered = (name: string): NewTable => ({ name, columns: columns({ id: "integer", v: "text" }), key: ["id"] })
const numberedRows = (name: string, count: number) => range(count).map((n) => [String(n), `${name} ${n}`])
const timed: NewTable = {
  name: "kit_together_timed",
  columns: columns({ v: "text?", at: "timestamptz", id: "integer" }),
  key: ["id"],
}
const timedRows = range(40).map((n) => [n % 3 === 0 ? null : `v ${n}`, moment(Math.floor(n / 7)), String(n)])
const few = numbered("kit_together_few")
const many = numbered("kit_together_many")
const empty = numbered("kit_together_empty")

/** Makes the tables, and describes them in a run with `body`. */
const withTables = <E, R>(
  body: (tables: {
    readonly few: TableSchema
    readonly many: TableSchema
    readonly empty: TableSchema
    readonly timed: TableSchema
  }) => Effect.Effect<void, E, R>,
) =>
  Effect.gen(function* () {
    yield* made(few, numberedRows("few", 2))
    yield* made(many, shuffled(numberedRows("many", 30)))
    yield* made(empty)
    yield* made(timed, shuffled(timedRows))
    yield* inRun(
      Effect.gen(function* () {
        const found = { few: yield* describe(few), many: yield* describe(many), empty: yield* describe(empty) }
        yield* body({ ...found, timed: yield* describe(timed) })
      }),
    )
  })

const gone = numbered("kit_together_gone")
const changed = numbered("kit_together_changed")

export const together = [
  check(
    "the pages that read gives",
    "readMany, where a source offers it, gives for each request the page that read gives for it, in the order of the requests: with its table, columns, where, order, after, limit and maxBytes, however often a table is among them.",
    withTables(
      Effect.fnUntraced(function* (tables) {
        const byTime = { table: tables.timed, order: ["at", "id"] }
        const again = requestOf({ table: tables.many, after: ["20"], limit: 5 })
        const requests = [
          requestOf({ table: tables.many, limit: 7 }),
          requestOf({ table: tables.empty }),
          requestOf({ ...byTime, limit: 10 }),
          requestOf({ table: tables.many, where: [{ column: "id", op: "gte", value: "12" }] }),
          again,
          requestOf({ ...byTime, after: [moment(2), "17"], columns: tables.timed.columns.toReversed() }),
          requestOf({ ...byTime, after: [moment(2)], where: [{ column: "v", op: "isNull" }], limit: 3 }),
          requestOf({ table: tables.few, limit: 2 }),
          again,
          requestOf({ table: tables.many, maxBytes: 60 }),
          requestOf({ table: tables.few, after: ["1"] }),
          requestOf({ table: tables.timed, where: [{ column: "v", op: "eq", value: "v 4" }], maxBytes: 1 }),
          requestOf({ table: tables.many, maxBytes: 1 }),
          requestOf({ table: tables.timed, columns: tables.timed.columns.slice(2) }),
        ]
        yield* sameTogether(requests, "The pages of requests.")
        yield* sameTogether(requests.toReversed(), "The pages of the same requests, the last one first.")
        yield* sameTogether(requests.slice(0, 1), "The page of one request.")
      }),
    ),
  ),

  check(
    "one that fails",
    "A request that fails is undefined among the pages, wherever it stands, and spoils no other; read then tells why. The run goes on.",
    withTables(
      Effect.fnUntraced(function* (tables) {
        const { tables: at } = yield* Subject
        yield* made(gone, numberedRows("gone", 3))
        yield* made(changed, numberedRows("changed", 3))
        const missing = requestOf({ table: yield* describe(gone) })
        const stale = requestOf({ table: yield* describe(changed) })
        yield* Effect.promise(async () => {
          await at.drop(gone.name, "table")
          await at.drop(changed.name, "table")
          await at.create({ ...changed, columns: columns({ id: "integer", w: "text" }) })
        })
        const one = requestOf({ table: tables.many, limit: 7 })
        const other = requestOf({ table: tables.few })
        const third = requestOf({ table: tables.timed, order: ["at", "id"], after: [moment(1), "9"], limit: 4 })
        const alone = new Map(
          yield* Effect.forEach([one, other, third], (request) =>
            Effect.map(readAlone(request), (page) => [request, page] as const),
          ),
        )
        for (const requests of [
          [missing, one, other, third],
          [one, other, third, missing],
          [one, stale, other, third],
          [stale, one, other],
          [third, other, stale],
          [one, missing, stale, third, missing, other],
          [missing],
          [stale, missing],
          [third, other, one],
        ]) {
          const places = requests.map((request) => (alone.has(request) ? "a page" : "one that fails")).join(", ")
          const expected = requests.map((request) => alone.get(request))
          yield* same(yield* readTogether(requests), expected, `What came together for ${places}.`)
        }
        for (const request of [missing, stale]) {
          yield* failureOf(readAlone(request), () => "A page came of a table or a column that is gone.")
        }
        yield* same(yield* readAlone(one), alone.get(one), "The page that read gives afterwards.")
      }),
    ),
  ),

  check(
    "many at once",
    "readMany takes a hundred requests and more.",
    withTables(
      Effect.fnUntraced(function* ({ few, many, timed }) {
        const requests = range(120).map((n) => {
          if (n % 3 === 0) return requestOf({ table: many, after: [String(n % 30)], limit: 1 + (n % 7) })
          return n % 3 === 1 ? requestOf({ table: few }) : requestOf({ table: timed, order: ["at", "id"], limit: n })
        })
        yield* sameTogether(requests, `The pages of ${requests.length} requests.`)
      }),
    ),
  ),

  check(
    "no requests",
    "readMany of no requests gives no pages, also before anything else was asked.",
    Effect.gen(function* () {
      yield* inRun(Effect.flatMap(readTogether([]), (pages) => same(pages, [], "The pages of no requests.")))
      yield* withTables(
        Effect.fnUntraced(function* (tables) {
          yield* same(yield* readTogether([]), [], "The pages of no requests, later on.")
          yield* sameTogether([requestOf({ table: tables.few })], "The page of one request after none.")
        }),
      )
    }),
  ),

  check(
    "wide rows",
    "Each page keeps to its own maxBytes, and tells about how many bytes it has. Where a rest is too wide to be passed, others may have no page, to be read alone; a page that is there is the right one.",
    withTables(
      Effect.fnUntraced(function* (tables) {
        const width = 50_000
        const wide = { name: "kit_together_wide", columns: columns({ id: "integer", v: "longText" }), key: ["id"] }
        yield* made(
          wide,
          range(200).map((n) => [String(n), "w".repeat(width)]),
        )
        const table = yield* describe(wide)
        const bounded = [1, width * 3].map((maxBytes) => requestOf({ table, maxBytes }))
        const requests = [requestOf({ table: tables.few }), ...bounded, requestOf({ table: tables.many, limit: 3 })]
        for (const { request, page } of yield* askTogether(requests)) {
          if (page === undefined) continue
          const { rows, bytes } = yield* makePage(request, page)
          const size = rows.flat().reduce((sum, value) => sum + (value?.length ?? 0), 0)
          const most = request.maxBytes * 1.5 + width * 2
          yield* that(size <= most, `With maxBytes ${request.maxBytes} a page has ${size} bytes.`)
          const isAbout = bytes >= size * 0.5 - 100 && bytes <= size * 2 + 1000
          yield* that(isAbout, `A page says that it has ${bytes} bytes, and its values have ${size}.`)
          yield* same(rows, (yield* readAlone(request)).rows, `The rows of a page with maxBytes ${request.maxBytes}.`)
        }
        yield* sameTogether([requestOf({ table: tables.many, limit: 3 })], "A page that is read afterwards.")
      }),
    ),
  ),
]

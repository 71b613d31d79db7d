import type { Row, TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, settled, that } from "../internal/expect.ts"
import { columns, made } from "../internal/made.ts"
import { behindProxy } from "../internal/network.ts"
import { range } from "../internal/samples.ts"
import { describe, inRun, type Subject } from "../internal/subject.ts"
import { readPage, walk } from "../internal/walk.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("resources", docs.resources)

const width = 50_000
const wide = (name: string) => ({ name, columns: columns({ id: "integer", v: "longText" }), key: ["id"] })
const wideRow = (n: number) => [String(n), "w".repeat(width)]
const sizeOf = (rows: ReadonlyArray<Row>) =>
  rows.reduce((sum, row) => sum + row.reduce((size, value) => size + (value?.length ?? 0), 0), 0)

/** Walks through a table and holds the size of each page against `maxBytes`. */
const walkInBounds = Effect.fnUntraced(function* (table: TableSchema, maxBytes: number, count: number) {
  const { rows, pages } = yield* walk({ table, limit: 1000, maxBytes })
  yield* same(rows.length, count, `How many rows come in pages of ${maxBytes} bytes.`)
  for (const page of pages) {
    const size = sizeOf(page.rows)
    const most = Math.max(maxBytes * 1.5, 1) + width * 2
    yield* that(size <= most, `With maxBytes ${maxBytes} a page has ${size} bytes, in rows of up to ${width}.`)
    const isAbout = page.bytes >= size * 0.5 - 100 && page.bytes <= size * 2 + 1000
    yield* that(isAbout, `A page says that it has ${page.bytes} bytes, and its values have ${size}.`)
  }
})

export const memory = [
  check(
    "wide rows",
    "A page ends with the row that brings its values to maxBytes, give or take a few, and with one row at least. bytes is about the size of its values. So the memory of a page is bounded, however wide the rows are.",
    Effect.gen(function* () {
      const count = 60
      const kit = yield* made(wide("kit_wide"), range(count).map(wideRow))
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          for (const maxBytes of [1, width * 3, width * 20]) yield* walkInBounds(found, maxBytes, count)
        }),
      )
    }),
  ),

  check(
    "rows that become wide",
    "What the rows so far were like tells nothing of those to come: a page stays within maxBytes where narrow rows are followed by wide ones.",
    Effect.gen(function* () {
      const narrow = 1500
      const count = 60
      const rows = range(narrow + count).map((n) => (n < narrow ? [String(n), "n"] : wideRow(n)))
      const kit = yield* made(wide("kit_widening"), rows)
      yield* inRun(Effect.flatMap(describe(kit), (found) => walkInBounds(found, width * 4, narrow + count)))
    }),
  ),

  check(
    "no reading ahead",
    "A page costs about what it brings: however much follows it, the source does not send it before it is asked for.",
    Effect.gen(function* () {
      const count = 400
      const kit = yield* made(wide("kit_ahead"), range(count).map(wideRow))
      const found = yield* inRun(describe(kit))
      const { proxy, source } = yield* behindProxy
      const total = count * width
      yield* inRun(
        Effect.gen(function* () {
          const page = yield* readPage({ table: found, limit: 100_000, maxBytes: width * 4 })
          yield* that(!page.done, "A page that ended early because of maxBytes says that it is done.")
          yield* readPage({ table: found, limit: 2, after: ["9"] })
        }),
        source,
      )
      yield* that(
        proxy.received() < total / 2,
        `For a page of ${width * 4} bytes and one of two rows, ${proxy.received()} of the table's ${total} bytes were sent.`,
      )
    }),
  ),

  check(
    "a slow consumer",
    "Whoever takes long over a page finds no more read meanwhile: between two reads nothing is asked for, and what is still sent of the last one comes to an end soon.",
    Effect.gen(function* () {
      const count = 400
      const kit = yield* made(wide("kit_slow_consumer"), range(count).map(wideRow))
      const found = yield* inRun(describe(kit))
      const { proxy, source } = yield* behindProxy
      const total = count * width
      yield* inRun(
        Effect.gen(function* () {
          let last: string | undefined
          for (let pages = 0; pages < 3; pages++) {
            const after = last === undefined ? {} : { after: [last] }
            const page = yield* readPage({ table: found, limit: 4, maxBytes: width * 4, ...after })
            last = page.rows.at(-1)?.[0] ?? undefined
            const asked = proxy.sent()
            yield* settled(() => proxy.received() + proxy.sent())
            // A connection may be closed, or kept alive, but that is no question.
            yield* that(
              proxy.sent() - asked < 200,
              `After a page was given and before the next was asked for, the source sent ${proxy.sent() - asked} bytes to its server.`,
            )
          }
        }),
        source,
      )
      yield* that(
        proxy.received() < total / 2,
        `While the consumer of three pages of four rows waited, ${proxy.received()} of the table's ${total} bytes were sent.`,
      )
    }),
  ),
]

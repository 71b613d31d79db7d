import type { Row, TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns, made } from "../internal/made.ts"
import { moment, range, shuffled } from "../internal/samples.ts"
import { describe, inRun, type Subject } from "../internal/subject.ts"
import { picker, shorten, walk } from "../internal/walk.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("positions", docs.positions)

const table = {
  name: "kit_positions",
  columns: columns({ id: "integer", at: "timestamptz", name: "text" }),
  key: ["id"],
}
const stored = shuffled(
  range(24).map((n) => [
    String(n < 12 ? n - 6 : 9007199254740980n + BigInt(n)),
    moment(999_996 + (n >> 2)),
    `n${n % 5}`,
  ]),
)

const dated = {
  name: "kit_saved_positions",
  columns: columns({ id: "integer", at: "timestamptz", v: "text" }),
  key: ["id"],
}
/** Canonical texts, the rows in the same order by each of the columns. */
const saved = [
  ["-9007199254740993", "1999-12-31T23:59:59.999999Z", "a"],
  ["-1", "2024-02-29T12:00:00.000000Z", "b"],
  ["0", "2024-02-29T12:00:00.000001Z", "b"],
  ["9007199254740992", "2024-02-29T12:00:00.000001Z", "c"],
  ["9007199254740993", "2024-07-01T00:00:00.100000Z", "d"],
]

const orders = [["id"], ["at", "id"], ["name", "id"], ["name", "at", "id"]]

/** All rows in an order, as a run of its own reads them. */
const readAll = (order: ReadonlyArray<string>) =>
  inRun(Effect.flatMap(describe(table), (found) => Effect.map(walk({ table: found, order }), ({ rows }) => rows)))

const throughJson = (values: ReadonlyArray<string>): ReadonlyArray<string> => JSON.parse(JSON.stringify(values))

export const positions = [
  check(
    "every position resumes",
    "A position is the values of the order columns of the last row, as the source printed them. From any that it ever gave, through JSON and in another run, a read brings exactly the rest.",
    Effect.gen(function* () {
      yield* made(table, stored)
      for (const order of orders) {
        const all = yield* readAll(order)
        yield* same(all.length, stored.length, `How many rows a read by (${order.join(", ")}) brings.`)
        yield* inRun(
          Effect.gen(function* () {
            const found = yield* describe(table)
            const pick = picker(found.columns, order)
            for (const [place, row] of [...all.entries()].toReversed()) {
              const after = throughJson(pick(row))
              const { rows } = yield* walk({ table: found, order, after, limit: 5 })
              yield* same(
                ids(rows),
                ids(all.slice(place + 1)),
                `The ids of the rest by (${order.join(", ")}) after (${after.join(", ")}).`,
              )
            }
          }),
        )
      }
    }),
  ),

  check(
    "fewer values than order columns",
    "Where after has fewer values than the order has columns, it bounds the first columns alone: rows that are equal in them are not read.",
    Effect.gen(function* () {
      yield* made(table, stored)
      const all = yield* readAll(["at", "id"])
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(table)
          for (const at of new Set(all.map((row) => row[1] ?? ""))) {
            const { rows } = yield* walk({ table: found, order: ["at", "id"], after: [at], limit: 5 })
            yield* same(ids(rows), ids(all.filter((row) => (row[1] ?? "") > at)), `The ids of the rest after (${at}).`)
          }
        }),
      )
    }),
  ),

  check(
    "a position of another version",
    "A position is canonical text and nothing else: one that another version of the connector has saved, or that was saved before this process began, resumes like any other, and a table's description is plain data that goes through JSON.",
    Effect.gen(function* () {
      yield* made(dated, saved)
      const found = yield* inRun(describe(dated))
      for (const order of [["id"], ["at", "id"], ["v", "id"]]) {
        // Written down here in the canonical form, and never given by this source.
        const places = order.map((name) => dated.columns.findIndex((column) => column.name === name))
        for (const [place, row] of saved.entries()) {
          const after = places.map((one) => row[one] ?? "")
          const table: TableSchema = JSON.parse(JSON.stringify(found))
          const { rows } = yield* inRun(walk({ table, order, after, limit: 2 }))
          const rest = saved.slice(place + 1)
          yield* same(rows, rest, `The rows by (${order.join(", ")}) after (${after.join(", ")}), as they were saved.`)
        }
      }
    }),
  ),

  check(
    "a position far ahead",
    "After a position that lies beyond every row there is nothing: an empty page that is done. It changes nothing for the reads that follow.",
    Effect.gen(function* () {
      yield* made(table, stored)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(table)
          const ahead = [
            [["id"], ["9223372036854775807"]],
            [
              ["at", "id"],
              ["2037-12-31T23:59:59.999999Z", "9223372036854775807"],
            ],
            [["at", "id"], ["2037-12-31T23:59:59.999999Z"]],
          ] as const
          for (const [order, after] of ahead) {
            const far = yield* walk({ table: found, order, after })
            yield* same(far.rows, [], `Rows after ${shorten(after)}.`)
            yield* same(far.pages.length, 1, `Pages after ${shorten(after)}.`)
            const again = yield* walk({ table: found, order })
            yield* same(again.rows.length, stored.length, "How many rows a read from the start then brings.")
          }
        }),
      )
    }),
  ),
]

const ids = (rows: ReadonlyArray<Row>) => rows.map(([id]) => id)

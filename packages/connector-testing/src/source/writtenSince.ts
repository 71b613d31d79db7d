import type { Row, Since } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { broken } from "../internal/expect.ts"
import { holds, holdsSince, now } from "../internal/since.ts"
import { describe, inRun, type Subject } from "../internal/subject.ts"
import { sameTogether } from "../internal/together.ts"
import { picker, readPage, requestOf } from "../internal/walk.ts"
import { all, byId, changed, kit, written } from "../internal/written.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("written since", docs.writtenSince)

const byN = (a: Row, b: Row): number => Number(a[1]) - Number(b[1]) || byId(a, b)

export const writtenSince = [
  check(
    "rows that were inserted and updated",
    "Rows that were inserted or updated after the transactions were told, by the one that was to be next or by later ones, are all among those that read gives with since: as they are now, in the order of the key, in pages of any size. Others may be among them.",
    Effect.gen(function* () {
      const { since } = yield* changed
      yield* holdsSince(kit, since, { needed: written, all }, "By key")
    }),
  ),

  check(
    "where, order and columns",
    "since leaves where, order, after and columns what they are: no row comes that does not meet where.",
    Effect.gen(function* () {
      const { since } = yield* changed
      const both = (change: (rows: ReadonlyArray<Row>) => ReadonlyArray<Row>) => ({
        needed: change(written),
        all: change(all),
      })
      const isOld = both((rows) => rows.filter(([, , v]) => v === "old"))
      yield* holdsSince(kit, since, isOld, "Where v is old", { where: [{ column: "v", op: "eq", value: "old" }] })
      const isNull = both((rows) => rows.filter(([, n]) => n === null))
      yield* holdsSince(kit, since, isNull, "Where n is NULL", { where: [{ column: "n", op: "isNull" }] })
      const order = ["n", "id"]
      const where = [{ column: "n", op: "isNotNull" } as const]
      const from = (lowest: number) =>
        both((rows) => rows.filter(([, n]) => n !== null && Number(n) >= lowest).toSorted(byN))
      yield* holdsSince(kit, since, from(0), "By (n, id)", { where, order })
      yield* holdsSince(kit, since, from(2), "By (n, id) after 1", { where, order, after: ["1"] })
      yield* inRun(
        Effect.gen(function* () {
          const table = yield* describe(kit)
          const { rows } = yield* readPage({ table, since, columns: table.columns.slice(0, 1) })
          const ids = both((some) => some.map((row) => row.slice(0, 1)))
          yield* holds(rows, ids, "The column id alone")
        }),
      )
    }),
  ),

  check(
    "a part that was not there before",
    "A part of the table that is not among those of since brings all of its rows, whenever they were written.",
    Effect.gen(function* () {
      yield* changed
      const { since } = yield* now(kit)
      yield* holdsSince(kit, { ...since, parts: [] }, { needed: all, all }, "With no parts that are known")
    }),
  ),

  check(
    "a run for each page",
    "With since, too, a position is all that a later run needs, after a trip through JSON.",
    Effect.gen(function* () {
      const { since } = yield* changed
      const rows: Array<Row> = []
      let after: ReadonlyArray<string> | undefined
      let isDone = false
      while (!isDone) {
        const kept: { since: Since; after?: ReadonlyArray<string> } = JSON.parse(JSON.stringify({ since, after }))
        const page = yield* inRun(
          Effect.flatMap(describe(kit), (table) =>
            Effect.map(readPage({ table, ...kept, limit: 2 }), (made) => ({
              ...made,
              last: made.rows.slice(-1).map(picker(table.columns, table.key))[0],
            })),
          ),
        )
        rows.push(...page.rows)
        if (rows.length > all.length) {
          return yield* broken(`More rows came than there are, with ${JSON.stringify(page.rows)} again.`)
        }
        after = page.last
        isDone = page.done
      }
      yield* holds(rows, { needed: written, all }, "Pages of two rows, each in a run of its own")
    }),
  ),

  check(
    "read together",
    "readMany gives such pages too, the ones that read gives.",
    Effect.gen(function* () {
      const { since } = yield* changed
      yield* inRun(
        Effect.gen(function* () {
          const table = yield* describe(kit)
          const requests = [
            requestOf({ table, since }),
            requestOf({ table, limit: 3 }),
            requestOf({ table, since: { ...since, parts: [] }, after: ["3"], limit: 4 }),
            requestOf({ table, since, where: [{ column: "v", op: "eq", value: "new" }], maxBytes: 10 }),
          ]
          yield* sameTogether(requests, "Pages of what was written since, between others.")
        }),
      )
    }),
  ),
]

import { type Row, type Since, Source, type Transactions } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { nameIn, type NewTable } from "../Tables.ts"
import { broken, same } from "./expect.ts"
import { notOffered } from "./made.ts"
import { describe, inRun, Subject } from "./subject.ts"
import { type Walk, walk } from "./walk.ts"

/** What a source says of its transactions, at a moment from which it tells what was written since. */
export interface Moment {
  readonly since: Since
  readonly transactions: Transactions
  readonly history: string
}

/** What there is now of a table, in a run of its own; ends a check where its rows do not tell who wrote them. */
export const now = Effect.fnUntraced(function* (kit: NewTable) {
  const { tables } = yield* Subject
  return yield* inRun(
    Effect.gen(function* () {
      const described = yield* (yield* Source).describe([nameIn(tables, kit.name)])
      const { transactions } = described
      const [table] = described.tables
      if (table === undefined) return yield* broken(`describe does not find the table ${JSON.stringify(kit.name)}.`)
      const { parts, untold } = table
      if (parts === undefined) {
        return yield* notOffered(untold === undefined ? "rows do not tell who wrote them" : `the table ${untold}`)
      }
      if (transactions === undefined) return yield* broken("A table has parts, and describe gives no transactions.")
      const { history } = transactions
      if (history === undefined) return yield* notOffered("transactions have no history")
      const moment: Moment = { since: { id: lowest(transactions), parts }, transactions, history }
      return moment
    }),
  )
})

/** All transactions below this id have ended. */
const lowest = ({ next, open, unsureFrom = next }: Transactions): string =>
  String([...open, unsureFrom, next].map(BigInt).reduce((least, id) => (id < least ? id : least)))

/** What rows that were read since a moment are compared with. */
export interface Written {
  /** Rows that must be among them. */
  readonly needed: ReadonlyArray<Row>
  /** All rows that there are and that were asked for, in the order that was asked for: of the others, any may come. */
  readonly all: ReadonlyArray<Row>
}

const pageSizes = [{ limit: 1 }, { limit: 2 }, { limit: 1000 }, { limit: 1000, maxBytes: 10 }]

/** Reads what was written since, in pages of several sizes, and compares it. */
export const holdsSince = (
  kit: NewTable,
  since: Since,
  written: Written,
  what: string,
  more: Omit<Walk, "table" | "since"> = {},
) =>
  inRun(
    Effect.gen(function* () {
      const table = yield* describe(kit)
      for (const size of pageSizes) {
        const { rows } = yield* walk({ table, since, ...more, ...size })
        yield* holds(rows, written, `${what}, in pages of ${JSON.stringify(size)}`)
      }
    }),
  )

/** Compares rows that were read since a moment. */
export const holds = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, { needed, all }: Written, what: string) {
  const read = new Set(rows.map((row) => JSON.stringify(row)))
  const isRead = (row: Row) => read.has(JSON.stringify(row))
  yield* same(needed.filter(isRead), needed, `${what}: the rows that must be among those that were read.`)
  yield* same(rows, all.filter(isRead), `${what}: what was read, against the rows that there are, in their order.`)
})

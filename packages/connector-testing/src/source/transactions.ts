import { Source, type Transactions } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { broken, same, that } from "../internal/expect.ts"
import { columns, made, notOffered } from "../internal/made.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { walk } from "../internal/walk.ts"
import { nameIn } from "../Tables.ts"
import { isOffered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("transactions", docs.transactions)

const table = { name: "kit_transactions", columns: columns({ id: "integer", v: "text" }), key: ["id"] }

/** Asks which transactions are in flight, in a run of its own. */
const ask = inRun(
  Effect.gen(function* () {
    const { transactions } = yield* Source
    return transactions === undefined ? yield* notOffered("the source cannot tell") : yield* transactions
  }),
)

/** The same as describe tells, with one table that is there and one that is not. */
const askWithTables = Effect.gen(function* () {
  const { tables } = yield* Subject
  const names = [nameIn(tables, table.name), nameIn(tables, "kit_no_table")]
  return yield* inRun(
    Effect.gen(function* () {
      const source = yield* Source
      if (source.transactions === undefined) return yield* notOffered("the source cannot tell")
      const { transactions } = yield* source.describe(names)
      return transactions ?? (yield* broken("transactions is offered, but describe gives none."))
    }),
  )
})

const visible = inRun(
  Effect.flatMap(describe(table), (found) => Effect.map(walk({ table: found }), ({ rows }) => rows.map(([id]) => id))),
)

const openTransaction = <E>(asking: Effect.Effect<Transactions, E, Subject>) =>
  Effect.gen(function* () {
    yield* made(table)
    const before = yield* asking
    const { begin } = yield* Subject
    if (!isOffered(begin)) {
      return yield* broken("The source tells which transactions are in flight; give the harness begin to prove it.")
    }
    const transaction = yield* Effect.acquireRelease(Effect.promise(begin), ({ commit }) =>
      Effect.ignore(Effect.tryPromise(commit)),
    )
    yield* Effect.promise(() => transaction.insert(table, [["1", "late"]]))
    const during = yield* asking
    yield* same(yield* visible, [], "Rows that can be seen while their transaction is open.")
    const known = new Set(before.open)
    const added = during.open.filter((id) => !known.has(id))
    yield* that(added.length > 0, `A transaction that has written is not among ${JSON.stringify(during)}.`)
    yield* that(
      during.open.every((id) => BigInt(id) < BigInt(during.next)),
      `An id in open is not below next: ${JSON.stringify(during)}.`,
    )
    yield* that(
      added.some((id) => BigInt(id) >= BigInt(before.next)),
      `A transaction that began after ${JSON.stringify(before)} was asked for has an id below that next: ${added.join(", ")}.`,
    )
    yield* Effect.promise(transaction.commit)
    const after = yield* asking
    yield* same(yield* visible, ["1"], "Rows that can be seen once their transaction has ended.")
    yield* that(
      added.some((id) => !after.open.includes(id)),
      `A transaction that was committed is still among ${JSON.stringify(after)}.`,
    )
    yield* that(BigInt(after.next) >= BigInt(during.next), `next fell from ${during.next} to ${after.next}.`)
  })

const promise =
  "a transaction from its first write until all that it wrote can be seen, by ids that grow in the order in which they are given. Each id in open is below next, and a transaction that begins later gets next or more."

const many = 30

/** Many open transactions, between which others commit: none is missing, however long the list is. */
const allOf = <E>(asking: Effect.Effect<Transactions, E, Subject>) =>
  Effect.gen(function* () {
    yield* made(table)
    const before = yield* asking
    const { begin } = yield* Subject
    if (!isOffered(begin)) return yield* broken("Give the harness begin to prove which transactions are in flight.")
    for (let id = 1; id <= many; id++) {
      const transaction = yield* Effect.acquireRelease(Effect.promise(begin), ({ commit }) =>
        Effect.ignore(Effect.tryPromise(commit)),
      )
      yield* Effect.promise(() => transaction.insert(table, [[String(id), "late"]]))
    }
    const during = yield* asking
    const known = new Set(before.open)
    const added = during.open.filter((id) => !known.has(id))
    yield* that(added.length >= many, `Of ${many} transactions in flight only ${added.length} are named.`)
  })

export const transactions = [
  check("an open transaction", `transactions lists ${promise}`, openTransaction(ask)),
  check("an open transaction, with the tables", `describe lists ${promise}`, openTransaction(askWithTables)),
  check("many open transactions", "transactions names each of many transactions in flight.", allOf(ask)),
  check(
    "many open transactions, with the tables",
    "describe names each of many transactions in flight.",
    allOf(askWithTables),
  ),
]

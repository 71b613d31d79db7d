import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { byteLength, makeEncoder, maxParameter } from "./batches.ts"
import { columnsOf, given, integer, json, text } from "./columns.ts"
import {
  comparePiecesStatement,
  compareStatement,
  keysStatement,
  presentStatement,
  setAsideStatement,
  summarizeStatement,
} from "./compare.ts"
import type { Database } from "./database.ts"
import { keyTexts } from "./findings.ts"
import { pieceNames } from "./pieces.ts"
import { identifier } from "./quote.ts"
import { countWithin } from "./ranges.ts"
import { wholeRows } from "./wholeRows.ts"
import type { ConnectorError, Differing, Key, Plan, Replica, Row } from "@starbase-replication/core/sink"

const Values = Schema.Array(Schema.NullOr(Schema.String))

const counted = columnsOf({ count: given("count(*)", integer) })
const compared = columnsOf({ kind: text, row: json(Values) })
const comparedOne = columnsOf({ kind: text })
const found = columnsOf({ key: json(Schema.Array(Schema.String)) })

/** How many rows a table has. */
export const countRows = (database: Database, table: string) =>
  database.query(`SELECT ${counted.select} FROM ${identifier(table)}`).pipe(
    Effect.flatMap(counted.decode),
    Effect.map(([row]) => row?.count ?? 0),
  )

/** The part of a run that asks the replica. */
export const makeReplica = (database: Database, plan: Plan): Replica => {
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  const keyOf = (row: Row): Key => keyAt.map((at) => row[at] ?? "")
  const encodeRows = makeEncoder(plan)

  /** The ones of some keys that a statement gives, asked for in parts that a parameter can hold. */
  const among = (
    keys: ReadonlyArray<Key>,
    ask: (keys: ReadonlyArray<Key>) => ReturnType<Database["query"]>,
  ): Effect.Effect<ReadonlyArray<Key>, ConnectorError> => {
    if (keys.length === 0) return Effect.succeed([])
    if (keys.length > 1 && byteLength(JSON.stringify(keyTexts(keys))) > maxParameter) {
      const middle = Math.ceil(keys.length / 2)
      const halves = [keys.slice(0, middle), keys.slice(middle)]
      return Effect.map(
        Effect.forEach(halves, (half) => among(half, ask)),
        (parts) => parts.flat(),
      )
    }
    return ask(keys).pipe(
      Effect.flatMap(found.decode),
      Effect.map((rows) => rows.map(({ key }) => key)),
    )
  }
  const present: Replica["present"] = (keys) =>
    among(keys, (some) => database.query(presentStatement(plan), JSON.stringify(some)))

  return {
    countRows: countRows(database, plan.into),

    keys: (after, limit) =>
      Effect.map(database.query(keysStatement(plan, after !== undefined), ...(after ?? []), limit), (rows) =>
        rows.map((row) => row.map(String)),
      ),

    rows: wholeRows(database, plan),

    summarize: (after, limit) =>
      Effect.map(database.query(summarizeStatement(plan, after !== undefined), ...(after ?? []), limit), ([row]) => {
        if (row === undefined) return undefined
        const [count, sum, squares, ...last] = row.map(String)
        return { last, count: count ?? "", sum: sum ?? "", squares: squares ?? "" }
      }),

    compare: (rows) =>
      Effect.map(
        Effect.forEach(
          encodeRows(rows),
          Effect.fnUntraced(function* (encoded) {
            if ("json" in encoded) {
              return yield* compared.decode(yield* database.query(compareStatement(plan), encoded.json))
            }
            const [row] = encoded.rows
            if ("pieces" in encoded) {
              const pieces = pieceNames.map((_, place) => encoded.pieces[place] ?? null)
              const answer = yield* database.query(comparePiecesStatement(plan), ...pieces)
              return (yield* comparedOne.decode(answer)).map(({ kind }) => ({ kind, row }))
            }
            const [there] = yield* present([keyOf(row)])
            return [{ kind: there === undefined ? "missing" : "differs", row }]
          }),
        ),
        (answers) =>
          answers
            .flat()
            .map(({ kind, row }): Differing => ({ kind: kind === "missing" ? "missing" : "differs", key: keyOf(row) })),
      ),

    countWithin: (span) => countWithin(database, plan, span),

    present,

    setAside: (keys) =>
      among(keys, (some) => database.query(setAsideStatement, plan.into, JSON.stringify(keyTexts(some)))),
  }
}

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { encodeRows } from "./batches.ts"
import { columnsOf, given, integer, json, text } from "./columns.ts"
import { compareStatement, keysStatement, presentStatement, summarizeStatement } from "./compare.ts"
import type { Database } from "./database.ts"
import { identifier } from "./quote.ts"
import type { Differing, Plan, Replica } from "@starbase-replication/core/sink"

const Values = Schema.Array(Schema.NullOr(Schema.String))

const counted = columnsOf({ count: given("count(*)", integer) })
const compared = columnsOf({ kind: text, row: json(Values) })
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
  return {
    countRows: countRows(database, plan.into),

    keys: (after, limit) =>
      Effect.map(database.query(keysStatement(plan, after !== undefined), ...(after ?? []), limit), (rows) =>
        rows.map((row) => row.map(String)),
      ),

    summarize: (after, limit) =>
      Effect.map(database.query(summarizeStatement(plan, after !== undefined), ...(after ?? []), limit), ([row]) => {
        if (row === undefined) return undefined
        const [count, sum, squares, ...last] = row.map(String)
        return { last, count: count ?? "", sum: sum ?? "", squares: squares ?? "" }
      }),

    compare: (rows) =>
      Effect.forEach(encodeRows(rows), (encoded) =>
        "json" in encoded
          ? Effect.flatMap(database.query(compareStatement(plan), encoded.json, encoded.more), compared.decode)
          : Effect.succeed(encoded.rows.map((row) => ({ kind: "missing", row }))),
      ).pipe(
        Effect.map((answers) =>
          answers.flat().map(({ kind, row }): Differing => ({
            kind: kind === "missing" ? "missing" : "differs",
            key: keyAt.map((at) => row[at] ?? ""),
          })),
        ),
      ),

    present: (keys) =>
      keys.length === 0
        ? Effect.succeed([])
        : database.query(presentStatement(plan), JSON.stringify(keys)).pipe(
            Effect.flatMap(found.decode),
            Effect.map((rows) => rows.map(({ key }) => key)),
          ),
  }
}

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, given, integer, json, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { type Lease, takeTable } from "./hold.ts"
import { literal } from "./quote.ts"
import { forgetRanges } from "./ranges.ts"
import { type Differing, type Findings, type Key, Verification } from "@starbase-replication/core/sink"

const encodeVerification = Schema.encodeSync(Schema.fromJsonString(Verification))

const suspect = columnsOf({ key: json(Schema.Array(Schema.String)) })
const difference = columnsOf({ key: json(Schema.Array(Schema.String)), kind: text })
const counted = columnsOf({ count: given("count(*)", integer) })

/** The condition, over the parameters 1 and 2, that the run holds its table still. */
const held = "EXISTS (SELECT 1 FROM tmp_replication_tables t WHERE t.name = ?1 AND t.lease = ?2)"

/** The texts under which keys are noted. */
export const keyTexts = (keys: ReadonlyArray<Key>): ReadonlyArray<string> => keys.map((key) => JSON.stringify(key))

/** The statements that forget what was found out about a table whose replica begins anew. */
export const forgetFindings = (into: string): ReadonlyArray<string> => [
  `UPDATE tmp_replication_tables SET reconciliation = NULL, reconciled_at = NULL, verification = NULL
    WHERE name = ${literal(into)}`,
  `DELETE FROM tmp_replication_suspects WHERE name = ${literal(into)}`,
  `DELETE FROM tmp_replication_differences WHERE name = ${literal(into)}`,
  forgetRanges(into),
]

/** The part of a run that keeps what comparisons find. `claimed` is called once the run holds the table. */
export const makeFindings = (database: Database, into: string, lease: Lease, claimed: () => void): Findings => {
  const hold = Effect.map(takeTable(database, into, lease), claimed)

  /** Runs a statement, where the run holds its table, whose first two parameters are those of {@link held}. */
  const change = (sql: string, ...params: ReadonlyArray<string>) => database.query(sql, into, lease.token, ...params)

  return {
    suspects: (limit) =>
      database
        .query(
          `SELECT ${suspect.select} FROM tmp_replication_suspects WHERE name = ? LIMIT CAST(? AS INTEGER)`,
          into,
          limit,
        )
        .pipe(
          Effect.flatMap(suspect.decode),
          Effect.map((rows) => rows.map(({ key }) => key)),
        ),

    differences: (after, limit) =>
      database
        .query(
          `SELECT ${difference.select} FROM tmp_replication_differences WHERE name = ? AND key > ?
            ORDER BY key LIMIT CAST(? AS INTEGER)`,
          into,
          after === undefined ? "" : JSON.stringify(after),
          limit,
        )
        .pipe(
          Effect.flatMap(difference.decode),
          Effect.map((rows) =>
            rows.map(({ key, kind }): Differing => ({
              key,
              kind: kind === "missing" || kind === "extra" ? kind : "differs",
            })),
          ),
        ),

    countDifferences: database
      .query(`SELECT ${counted.select} FROM tmp_replication_differences WHERE name = ?`, into)
      .pipe(
        Effect.flatMap(counted.decode),
        Effect.map(([row]) => row?.count ?? 0),
      ),

    clearDifferences: Effect.andThen(
      hold,
      Effect.asVoid(change(`DELETE FROM tmp_replication_differences WHERE name = ?1 AND ${held}`)),
    ),

    noteVerification: (state, found, rechecked = []) =>
      Effect.gen(function* () {
        yield* hold
        if (rechecked.length > 0) {
          yield* change(
            `DELETE FROM tmp_replication_differences
              WHERE name = ?1 AND key IN (SELECT value FROM json_each(?3)) AND ${held}`,
            JSON.stringify(keyTexts(rechecked)),
          )
        }
        if (found.length > 0) {
          yield* change(
            `INSERT OR REPLACE INTO tmp_replication_differences (name, key, kind)
              SELECT ?1, value->>0, value->>1 FROM json_each(?3) WHERE ${held}`,
            JSON.stringify(found.map(({ key, kind }) => [JSON.stringify(key), kind])),
          )
        }
        yield* change(
          "UPDATE tmp_replication_tables SET verification = ?3 WHERE name = ?1 AND lease = ?2",
          encodeVerification(state),
        )
      }),

    completeVerification: ({ unaccounted = 0 }) =>
      Effect.gen(function* () {
        yield* hold
        const now = yield* Clock.currentTimeMillis
        yield* change(
          `UPDATE tmp_replication_tables SET
            verification = NULL, verification_ended_at = CAST(?3 AS INTEGER),
            verified_at = iif(
              CAST(?4 AS INTEGER) > 0 OR EXISTS (SELECT 1 FROM tmp_replication_differences d WHERE d.name = ?1), verified_at, CAST(?3 AS INTEGER))
          WHERE name = ?1 AND lease = ?2`,
          String(now),
          String(unaccounted),
        )
      }),
  }
}

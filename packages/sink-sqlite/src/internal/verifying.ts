import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { encodeRows } from "./batches.ts"
import { compareStatement, presentStatement } from "./compare.ts"
import type { Database } from "./database.ts"
import {
  ConnectorError,
  type Differing,
  type Key,
  type Plan,
  type SinkRun,
  Verification,
} from "@starbase-replication/core/sink"

const Stored = Schema.fromJsonString(Verification)
const StoredKey = Schema.fromJsonString(Schema.Array(Schema.String))
const StoredRow = Schema.fromJsonString(Schema.Array(Schema.NullOr(Schema.String)))

interface Start {
  readonly token: string
  readonly previous: string
  readonly leaseMillis: number
  readonly verification: string | undefined
  readonly verificationEndedAt: number | undefined
}

/** The part of a run that compares source and replica. `claimed` is called once the run holds the table. */
export const verifying = (
  database: Database,
  plan: Plan,
  start: Start,
  claimed: () => void,
): Pick<
  SinkRun,
  | "verification"
  | "verificationEndedAt"
  | "clearDifferences"
  | "countDifferences"
  | "compare"
  | "present"
  | "differences"
  | "noteVerification"
  | "completeVerification"
> => {
  const { into } = plan
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))

  /** Takes the table, or renews the lease, before anything is noted in more than one statement. */
  const hold = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(
      `UPDATE tmp_replication_tables SET
        written = iif(lease = ?1, written, 0), deleted = iif(lease = ?1, deleted, 0),
        lease = ?1, lease_until = CAST(?2 AS INTEGER)
      WHERE name = ?3 AND (lease = ?1 OR (lease = ?4 AND lease_until <= CAST(?5 AS INTEGER))) RETURNING name`,
      start.token,
      now + start.leaseMillis,
      into,
      start.previous,
      now,
    )
    if (rows.length === 0) {
      return yield* new ConnectorError({ code: "lease-lost", message: `Another run has taken "${into}".` })
    }
    claimed()
  })

  return {
    verification: Option.getOrUndefined(Schema.decodeUnknownOption(Stored)(start.verification)),
    verificationEndedAt: start.verificationEndedAt,

    clearDifferences: Effect.andThen(
      hold,
      Effect.asVoid(
        database.query(`DELETE FROM tmp_replication_differences WHERE name = ?1 AND ${held}`, into, start.token),
      ),
    ),

    countDifferences: Effect.map(
      database.query("SELECT count(*) FROM tmp_replication_differences WHERE name = ?", into),
      ([row]) => Number(row?.[0] ?? 0),
    ),

    compare: (rows) =>
      Effect.map(
        Effect.forEach(encodeRows(rows), (encoded) =>
          "json" in encoded
            ? database.query(compareStatement(plan), encoded.json, encoded.more)
            : Effect.succeed(encoded.rows.map((row) => ["missing", JSON.stringify(row)])),
        ),
        (answers) =>
          answers.flat().map(([kind, row]): Differing => {
            const values = Schema.decodeUnknownSync(StoredRow)(row)
            return { kind: kind === "missing" ? "missing" : "differs", key: keyAt.map((at) => values[at] ?? "") }
          }),
      ),

    present: (keys) =>
      keys.length === 0
        ? Effect.succeed([])
        : Effect.map(database.query(presentStatement(plan), JSON.stringify(keys)), (rows) =>
            rows.map(([key]) => Schema.decodeUnknownSync(StoredKey)(key)),
          ),

    differences: (after, limit) =>
      Effect.map(
        database.query(
          `SELECT key, kind FROM tmp_replication_differences WHERE name = ? AND key > ?
            ORDER BY key LIMIT CAST(? AS INTEGER)`,
          into,
          after === undefined ? "" : JSON.stringify(after),
          limit,
        ),
        (rows) =>
          rows.map(([key, kind]): Differing => ({
            key: Schema.decodeUnknownSync(StoredKey)(key),
            kind: kind === "missing" || kind === "extra" ? kind : "differs",
          })),
      ),

    noteVerification: (state, found, rechecked = []) =>
      Effect.gen(function* () {
        yield* hold
        yield* forget(database, into, start.token, rechecked)
        if (found.length > 0) {
          yield* database.query(
            `INSERT OR REPLACE INTO tmp_replication_differences (name, key, kind)
              SELECT ?1, value->>0, value->>1 FROM json_each(?3) WHERE ${held}`,
            into,
            start.token,
            JSON.stringify(found.map(({ key, kind }) => [JSON.stringify(key), kind])),
          )
        }
        yield* database.query(
          "UPDATE tmp_replication_tables SET verification = ? WHERE name = ? AND lease = ?",
          Schema.encodeSync(Stored)(state),
          into,
          start.token,
        )
      }),

    completeVerification: () =>
      Effect.gen(function* () {
        yield* hold
        const now = yield* Clock.currentTimeMillis
        yield* database.query(
          `UPDATE tmp_replication_tables SET
            verification = NULL, verification_ended_at = CAST(?1 AS INTEGER),
            verified_at = iif(
              EXISTS (SELECT 1 FROM tmp_replication_differences d WHERE d.name = ?2), verified_at, CAST(?1 AS INTEGER))
          WHERE name = ?2 AND lease = ?3`,
          now,
          into,
          start.token,
        )
      }),
  }
}

/** The condition, over the parameters 1 and 2, that the run holds its table still. */
const held = "EXISTS (SELECT 1 FROM tmp_replication_tables t WHERE t.name = ?1 AND t.lease = ?2)"

const forget = (database: Database, into: string, token: string, keys: ReadonlyArray<Key>) =>
  keys.length === 0
    ? Effect.void
    : database.query(
        `DELETE FROM tmp_replication_differences
          WHERE name = ?1 AND key IN (SELECT value FROM json_each(?3)) AND ${held}`,
        into,
        token,
        JSON.stringify(keys.map((key) => JSON.stringify(key))),
      )

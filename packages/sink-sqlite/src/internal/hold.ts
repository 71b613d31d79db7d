import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { type StateRow, stateRow } from "./stateRow.ts"
import { ConnectorError } from "@starbase-replication/core/sink"

/** How a run holds its table. */
export interface Lease {
  /** The run's own token. */
  readonly token: string
  /** The token that the table's row had: the run's own where it has claimed the table, else the last run's. */
  readonly previous: string
  readonly leaseMillis: number
}

/** Takes the table, or renews the lease, before anything is changed in more than one statement, and gives the table's row. */
export const takeTable = Effect.fnUntraced(function* (
  database: Database,
  into: string,
  lease: Lease,
): Effect.fn.Return<StateRow, ConnectorError> {
  const now = yield* Clock.currentTimeMillis
  const rows = yield* database.query(
    `UPDATE tmp_replication_tables SET
        written = iif(lease = ?1, written, 0), deleted = iif(lease = ?1, deleted, 0),
        lease = ?1, lease_until = CAST(?2 AS INTEGER)
      WHERE name = ?3 AND (lease = ?1 OR (lease = ?4 AND lease_until <= CAST(?5 AS INTEGER))) RETURNING ${stateRow.select}`,
    lease.token,
    now + lease.leaseMillis,
    into,
    lease.previous,
    now,
  )
  const [row] = yield* stateRow.decode(rows)
  if (row !== undefined) return row
  return yield* new ConnectorError({ code: "lease-lost", message: `Another run has taken "${into}".` })
})

import { ConnectorError, type Transactions } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { uncached } from "./sql.ts"

const isAurora = "coalesce(current_setting('rds.extensions', true), '') LIKE '%aurora_stat_utils%'"

/**
 * What tells which transactions are in flight, which needs no privilege. A snapshot reads `xmin:xmax:xid,xid,…` and ends
 * at the last transaction that was completed, so that younger ones in flight are not in it; the age of the first id of
 * all tells the next one. It is one JSON text with the number of ids in it, so that a text which was cut on its way is
 * never taken for a shorter list.
 *
 * A hot standby's snapshot has the right first id and never a list. It also tells how long ago the last transaction was
 * committed that it shows, where it has not replayed all that it was sent, or is not connected. One that has replayed
 * none since it began shows at least what its last checkpoint has. Aurora's readers replay nothing: what tells of the log
 * fails there, and what tells of their lag has a name that is unknown elsewhere.
 *
 * The last is which cluster gives the ids, and on which timeline: a primary knows its own, a standby the one that it is
 * sure to have reached. Of Aurora it is not known that its log tells, so there ids have no history.
 */
export const inFlight =
  "(SELECT json_build_array(s::text, (SELECT count(*) FROM pg_snapshot_xip(s))::text, age('3'::xid)::text," +
  " CASE WHEN NOT pg_is_in_recovery() THEN NULL" +
  ` WHEN ${isAurora} THEN '0'` +
  " WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN '0'" +
  " ELSE ceil(extract(epoch FROM clock_timestamp() - coalesce(pg_last_xact_replay_timestamp()," +
  " (SELECT checkpoint_time FROM pg_control_checkpoint()))) * 1000)::text END," +
  ` CASE WHEN NOT ${isAurora} THEN concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),` +
  " CASE WHEN pg_is_in_recovery() THEN (SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)" +
  " FROM pg_control_checkpoint() c, pg_control_recovery() r)" +
  " ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END) END)" +
  " FROM pg_current_snapshot() AS s)"

/** Asks which transactions are in flight. */
export const transactionsStatement: Statement = {
  text: `SELECT ${inFlight} WHERE ${uncached}`,
  values: [],
}

const Digits = Schema.String.check(Schema.isPattern(/^-?\d+$/))
const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Tuple([Schema.String, Digits, Digits, Schema.NullOr(Digits), Schema.NullOr(Schema.String)]),
  ),
)

/** Ages are compared up to 2^31 transactions; an eighth of them may pass while a sweep lasts. */
const reach = 2n ** 31n - 2n ** 28n

/** Reads what {@link inFlight} gave. A transaction has an id, and is seen here, once it has written. */
export const parseTransactions = (text: string | null): Effect.Effect<Transactions, ConnectorError> => {
  const [snapshot = "", count = "", age = "", behind = null, history = null] = Option.getOrElse(decode(text), () => [])
  const [, first, end, listed] = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(snapshot) ?? []
  const open = listed === undefined || listed === "" ? [] : listed.split(",")
  if (first === undefined || end === undefined || String(open.length) !== count) {
    const message = "The server's snapshot did not arrive whole, so nothing is known of its transactions."
    return Effect.fail(new ConnectorError({ code: "source-busy", message }))
  }
  // Both count in 64 bits, but the age knows the lower 32 alone.
  const next = BigInt(end) + BigInt.asUintN(32, BigInt(age) + 3n - BigInt(end))
  const lived = history === null ? {} : { history, horizon: String(next > reach ? next - reach : 0n) }
  if (behind !== null) {
    const unsure = BigInt(first) < next ? { unsureFrom: first } : {}
    return Effect.succeed({ next: String(next), open: [], behind: Math.max(0, Number(behind)), ...unsure, ...lived })
  }
  for (let id = BigInt(end); id < next; id++) open.push(String(id))
  return Effect.succeed({ next: String(next), open, ...lived })
}

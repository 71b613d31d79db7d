import { ConnectorError, type Transactions } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { uncached } from "./sql.ts"

/**
 * What tells which transactions are in flight, which needs no privilege. A snapshot reads `xmin:xmax:xid,xid,…` and ends
 * at the last transaction that was completed, so that younger ones in flight are not in it; the age of the first id of
 * all tells the next one. It is one JSON text with the number of ids in it, so that a text which was cut on its way is
 * never taken for a shorter list.
 */
export const inFlight =
  "(SELECT json_build_array(s::text, (SELECT count(*) FROM pg_snapshot_xip(s))::text, age('3'::xid)::text)" +
  " FROM pg_current_snapshot() AS s)"

/** Asks which transactions are in flight. */
export const transactionsStatement: Statement = {
  text: `SELECT ${inFlight} WHERE ${uncached}`,
  values: [],
}

const Digits = Schema.String.check(Schema.isPattern(/^-?\d+$/))
const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Tuple([Schema.String, Digits, Digits])))

/** Reads what {@link inFlight} gave. A transaction has an id, and is seen here, once it has written. */
export const parseTransactions = (text: string | null): Effect.Effect<Transactions, ConnectorError> => {
  const [snapshot = "", count = "", age = ""] = Option.getOrElse(decode(text), () => [])
  const [, end, listed] = /^\d+:(\d+):((?:\d+(?:,\d+)*)?)$/.exec(snapshot) ?? []
  const open = listed === undefined || listed === "" ? [] : listed.split(",")
  if (end === undefined || String(open.length) !== count) {
    const message = "The server's snapshot did not arrive whole, so nothing is known of its transactions."
    return Effect.fail(new ConnectorError({ code: "source-busy", message }))
  }
  // Both count in 64 bits, but the age knows the lower 32 alone.
  const next = BigInt(end) + BigInt.asUintN(32, BigInt(age) + 3n - BigInt(end))
  for (let id = BigInt(end); id < next; id++) open.push(String(id))
  return Effect.succeed({ next: String(next), open })
}

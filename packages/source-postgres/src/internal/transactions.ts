import type { Transactions } from "@starbase-replication/core"
import { type Statement, uncached } from "./sql.ts"

/**
 * What tells which transactions are in flight, which needs no privilege. A snapshot reads `xmin:xmax:xid,xid,…` and ends
 * at the last transaction that was completed, so that younger ones in flight are not in it; the age of the first id of
 * all tells the next one.
 */
export const inFlight = ["pg_current_snapshot()::text", "age('3'::xid)::text"] as const

/** Asks which transactions are in flight. */
export const transactionsStatement: Statement = {
  text: `SELECT ${inFlight.join(", ")} WHERE ${uncached}`,
  values: [],
}

/** Reads what {@link inFlight} gave. A transaction has an id, and is seen here, once it has written. */
export const parseTransactions = (snapshot: string, age: string): Transactions | undefined => {
  const match = /^\d+:(\d+):((?:\d+(?:,\d+)*)?)$/.exec(snapshot)
  const [, end, listed] = match ?? []
  if (end === undefined || listed === undefined || !/^-?\d+$/.test(age)) return undefined
  const open = listed === "" ? [] : listed.split(",")
  // Both count in 64 bits, but the age knows the lower 32 alone.
  const next = BigInt(end) + BigInt.asUintN(32, BigInt(age) + 3n - BigInt(end))
  for (let id = BigInt(end); id < next; id++) open.push(String(id))
  return { next: String(next), open }
}

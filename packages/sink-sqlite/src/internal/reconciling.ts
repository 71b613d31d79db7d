import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { keysStatement, summarizeStatement } from "./compare.ts"
import type { Database } from "./database.ts"
import { identifier } from "./quote.ts"
import { type ConnectorError, type Key, type Plan, Reconciliation, type SinkRun } from "@starbase-replication/core/sink"

const Stored = Schema.fromJsonString(Reconciliation)
const StoredKey = Schema.fromJsonString(Schema.Array(Schema.String))

/** A reconciliation as the state row keeps it. */
export const encodeReconciliation = (state: Reconciliation | "complete" | undefined): string | null =>
  state === undefined || state === "complete" ? (state ?? null) : Schema.encodeSync(Stored)(state)

/** Keys as a JSON array of the texts under which suspects are noted. */
export const encodeKeys = (keys: ReadonlyArray<Key> | undefined): string | null =>
  keys === undefined || keys.length === 0 ? null : JSON.stringify(keys.map((key) => JSON.stringify(key)))

/** The part of a run that finds rows which are gone at the source. */
export const reconciling = (
  database: Database,
  plan: Plan,
  start: { readonly reconciliation: string | undefined; readonly reconciledAt: number | undefined },
): Pick<SinkRun, "reconciliation" | "reconciledAt" | "countRows" | "keys" | "summarize" | "suspects"> => ({
  reconciliation: Option.getOrUndefined(Schema.decodeUnknownOption(Stored)(start.reconciliation)),
  reconciledAt: start.reconciledAt,
  countRows: Effect.map(database.query(`SELECT count(*) FROM ${identifier(plan.into)}`), ([row]) =>
    Number(row?.[0] ?? 0),
  ),
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
  suspects: (limit): Effect.Effect<ReadonlyArray<Key>, ConnectorError> =>
    Effect.map(
      database.query(
        "SELECT key FROM tmp_replication_suspects WHERE name = ? LIMIT CAST(? AS INTEGER)",
        plan.into,
        limit,
      ),
      (rows) => rows.map(([key]) => Schema.decodeUnknownSync(StoredKey)(key)),
    ),
})

import { Reconciliation } from "@starbase-replication/core/sink"
import { fromRpc } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { StarbaseDataSource } from "../Starbase.ts"

/** What the guard has stopped of a table. */
export interface Guarded {
  readonly by: "reconcile" | "swap" | "repair" | "marked"
  /** The replica's rows. */
  readonly rows: number
  /** Rows that would leave it. Of rows that are marked as deleted, those that have left already. */
  readonly suspects: number
  readonly confirmed: boolean
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Reconciliation))

/** What the guard has stopped, by table: it is stored where a reconciliation is, which the sink's states do not tell. */
export const readGuarded = ({ rpc }: StarbaseDataSource): Effect.Effect<ReadonlyMap<string, Guarded>> =>
  Effect.tryPromise(() =>
    fromRpc(rpc)("SELECT name, reconciliation FROM tmp_replication_tables WHERE reconciliation IS NOT NULL", []),
  ).pipe(
    Effect.orElseSucceed(() => []),
    Effect.map(
      (rows) =>
        new Map(
          rows.flatMap(([name, text]) => {
            const stored = Option.getOrUndefined(decode(text))
            if (stored === undefined) return []
            const { phase, suspects, confirmed } = stored
            const by = phase === "swap" || phase === "repair" || phase === "marked" ? phase : "reconcile"
            return [[String(name), { by, rows: stored.rows, suspects, confirmed }] as const]
          }),
        ),
    ),
  )

import type { ReplicationConfig } from "@starbase-replication/core/config"
import { type ConnectorError, type FedTable, Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { iso } from "./iso.ts"

/** How the log stands by which others replicate from here; null where nobody does. */
export const hubOf = (config: ReplicationConfig | undefined): Effect.Effect<unknown, ConnectorError, Sink> =>
  Effect.gen(function* () {
    const { hub } = yield* Sink
    const state = hub && (yield* hub.state(config?.replicas))
    if (state === undefined) return null
    const { epoch, seq, trimmed, entries, oldest, tables } = state
    return { epoch, seq, trimmed, entries, oldest: iso(oldest), tables: tables.map(toTable) }
  })

const toTable = ({ into, fan, withheld, generation }: FedTable) => ({
  table: into,
  to: typeof fan === "object" ? "tenants" : fan === "none" ? "nobody" : "all",
  column: typeof fan === "object" ? fan.column : null,
  fed: generation !== undefined,
  why: whyNot(fan, withheld, generation),
})

const whyNot = (fan: FedTable["fan"], withheld: string | undefined, generation: string | undefined): string | null => {
  if (fan === "none") return "the config gives it to nobody"
  if (withheld !== undefined) return withheld
  return generation === undefined ? "is not loaded yet" : null
}

import type { ReplicationConfig } from "@starbase-replication/core/config"
import { type ConnectorError, foldCase } from "@starbase-replication/core/source"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Opened } from "../open.ts"
import { isPastPosition } from "./positions.ts"
import { pull, pullOf, untilDone } from "./pulls.ts"
import { readStandings, remember, type Standing } from "./standing.ts"

/** How long to wait before looking again at a table that a run elsewhere holds. */
const heldMillis = 50

/** What a reader asks for. */
export interface Wish {
  readonly config: ReplicationConfig
  /** The tables that are read, in lower case; all where it is undefined. */
  readonly names: Promise<ReadonlySet<string> | undefined>
  /** In milliseconds; undefined where any rows will do that are past `after`. */
  readonly maxStaleness: number | undefined
  /** The position that the logs of the tables must have passed. */
  readonly after: string | undefined
  /** When the reader goes on with what there is, in milliseconds since 1970. */
  readonly deadline: number
}

/**
 * Has the tables that a statement reads pulled where they are staler than wished, each at most once at a time, and gives
 * how the replicated ones among them stand then or at the deadline. Dies where `names` rejects.
 */
export const freshen = Effect.fn("Freshness.freshen")(function* (
  opened: Opened,
  { config, names, maxStaleness, after, deadline }: Wish,
): Effect.fn.Return<ReadonlyArray<Standing>, ConnectorError> {
  const everything = Effect.provide(readStandings(config), opened.sink)
  const look = Effect.map(
    Effect.all([everything, Effect.promise(() => names)], { concurrency: "unbounded" }),
    ([standings, read]) => standings.filter(({ table }) => read === undefined || read.has(foldCase(table))),
  )
  const wanted = (yield* Clock.currentTimeMillis) - (maxStaleness ?? Number.POSITIVE_INFINITY)
  const tried = new Set<string>()
  const isStale = ({ freshAt }: Standing) => maxStaleness !== undefined && (freshAt === undefined || freshAt < wanted)
  const isBehind = ({ position }: Standing) =>
    after !== undefined && position !== undefined && !isPastPosition(position, after)
  const isHopeful = (one: Standing) => one.mayPull && ((isStale(one) && !tried.has(one.table)) || isBehind(one))

  while (true) {
    const standings = yield* look
    const now = yield* Clock.currentTimeMillis
    const hopeful = standings.filter(isHopeful)
    if (hopeful.length === 0 || now >= deadline) return standings

    const own = hopeful.filter(({ table, running }) => !running && pullOf(table, now) === undefined)
    if (own.length === 0) {
      const [other] = hopeful.flatMap(({ table }) => pullOf(table, now) ?? [])
      yield* other === undefined ? Effect.sleep(heldMillis) : untilDone(other, deadline)
      continue
    }
    const tables = own.map(({ table }) => table)
    const pulled = yield* pull(opened, tables, deadline)
    if (pulled === undefined) return yield* look
    for (const before of own) {
      const { freshAt, wasBusy } = pulled.get(before.table) ?? { freshAt: undefined, wasBusy: false }
      // Where the run found nothing, what is stored is as it was before.
      if (freshAt !== undefined) remember(before, freshAt)
      if (!wasBusy) tried.add(before.table)
    }
    const found = standings.map((one) => ({
      ...one,
      freshAt: pulled.get(one.table)?.freshAt ?? one.freshAt,
      position: pulled.get(one.table)?.position ?? one.position,
    }))
    if (!found.some(isHopeful)) return found
    // What was written last may not be safely in the log yet.
    if (own.every(isBehind)) yield* Effect.sleep(heldMillis)
  }
})

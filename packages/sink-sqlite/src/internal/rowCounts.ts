import type { ConnectorError } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { countRows } from "./replica.ts"

/** What of a table's state tells whether its rows are as they were counted. */
export interface Countable {
  readonly name: string
  readonly source: string
  readonly sourceTable: string
  /** The run that holds it, or that held it last: no two are the same, in whatever database. */
  readonly lease: string
  readonly leaseUntil: number
  readonly position: string | undefined
  readonly nextPosition: string | undefined
  readonly syncedAt: number | undefined
  /** What the run under way, or the last one, has done. */
  readonly written: number
  readonly deleted: number
}

/** A count, or what is taken for one until it is time to count again. */
interface Counted {
  readonly version: string
  readonly lease: string
  readonly written: number
  readonly rows: number
  /** When they were counted. */
  readonly at: number
}

/** To count rows bills a read for each of them: smaller tables are counted whenever they have changed. */
const small = 10_000
/** A larger one that has changed is counted again after so many milliseconds for each of its rows. */
const millisPerRow = 1
/** The same while it is loaded for the first time. */
const loadingMillisPerRow = 1 / 20

const most = 10_000
const counts = new Map<string, Counted>()

/** A text that is the same while the replica that readers see is. */
const versionOf = ({ lease, leaseUntil, position, nextPosition, written, deleted }: Countable): string =>
  JSON.stringify([lease, leaseUntil === 0, position, nextPosition, written, deleted])

/**
 * How many rows a replica has: exact where it is small or has not changed since this isolate has counted it. Of a large one
 * that changes it is that of the last count, which is at most a millisecond old for each row; while it is loaded, what
 * was written since is added.
 */
export const rowsOf = (database: Database, table: Countable): Effect.Effect<number, ConnectorError> =>
  Effect.gen(function* () {
    const key = JSON.stringify([table.name, table.source, table.sourceTable])
    const version = versionOf(table)
    const last = counts.get(key)
    if (last?.version === version) return last.rows
    const now = yield* Clock.currentTimeMillis
    const isLoading = table.syncedAt === undefined
    const known = { version, lease: table.lease, written: table.written }
    const patience = (last?.rows ?? 0) * (isLoading ? loadingMillisPerRow : millisPerRow)
    if (last !== undefined && last.rows >= small && now >= last.at && now - last.at < patience) {
      const since = table.lease === last.lease ? table.written - last.written : table.written
      const rows = isLoading ? last.rows + Math.max(0, since) : last.rows
      counts.set(key, { ...last, ...known, version: last.version, rows })
      return rows
    }
    const rows = yield* countRows(database, table.name)
    if (counts.size >= most) counts.clear()
    counts.set(key, { ...known, rows, at: now })
    return rows
  })

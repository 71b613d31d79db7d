import * as Effect from "effect/Effect"
import { columnsOf, given, integer } from "../columns.ts"
import type { Database } from "../database.ts"
import { literal } from "../quote.ts"
import { hubRow, type Marks } from "./store.ts"
import type { ConnectorError, Kept } from "@starbase-replication/core/sink"

/** So many moments are remembered of the time for which the log is kept. */
const marksKept = 24

const perSeq = columnsOf({ seq: integer, count: given("count(*)", integer) })

/**
 * Keeps the log within its bounds: of what is older, or more, whole seqs go, the oldest first. Without changes, and while the last
 * mark is young, it writes nothing. How many entries there are is reckoned by the rows that were changed, and counted only
 * where those would be too many.
 */
export const trim = Effect.fn("SinkSqlite.trim")(function* (
  database: Database,
  keep: Kept,
  changed: number,
  now: number,
): Effect.fn.Return<void, ConnectorError> {
  const [hub] = yield* hubRow.decode(yield* database.query(`SELECT ${hubRow.select} FROM tmp_replication_hub`))
  if (hub === undefined) return
  const last = hub.marks.at(-1)
  const isMarkDue = last === undefined ? changed > 0 : Math.abs(now - last[0]) >= keep.age / marksKept
  if (changed === 0 && !isMarkDue) return
  // What is marked must be closed: a change that comes later is under another seq.
  const marks: Marks = isMarkDue ? [...hub.marks.filter(([at]) => at < now), [now, hub.seq]] : hub.marks
  const seq = isMarkDue ? hub.seq + 1 : hub.seq
  const old = marks.findLast(([at]) => at <= now - keep.age)
  const byAge = old === undefined ? hub.trimmed : Math.max(hub.trimmed, old[1])
  yield* database.query(
    `UPDATE tmp_replication_hub SET seq = seq + CAST(? AS INTEGER), entries = entries + CAST(? AS INTEGER), marks = ? WHERE epoch = ?`,
    seq - hub.seq,
    changed,
    JSON.stringify(marks.filter(([, marked]) => marked > byAge)),
    hub.epoch,
  )
  const isMany = hub.entries + changed > keep.entries
  const counts = isMany || byAge > hub.trimmed ? yield* countSeqs(database) : undefined
  if (counts === undefined) return
  const byCount = isMany ? boundary(counts, keep.entries) : 0
  const trimmed = Math.max(byAge, byCount)
  const left = counts.reduce((sum, one) => sum + (one.seq > trimmed ? one.count : 0), 0)
  yield* database.query(
    [
      `UPDATE tmp_replication_hub SET trimmed = max(trimmed, ${trimmed}), seq = max(seq, ${trimmed + 1}), entries = ${left} WHERE epoch = ${literal(hub.epoch)}`,
      `DELETE FROM tmp_replication_changes WHERE seq <= ${trimmed} AND EXISTS (SELECT 1 FROM tmp_replication_hub WHERE trimmed >= ${trimmed})`,
    ].join(";\n"),
  )
})

/** How many entries there are of each seq, the newest first. */
const countSeqs = (database: Database) =>
  Effect.flatMap(
    database.query(`SELECT ${perSeq.select} FROM tmp_replication_changes GROUP BY seq ORDER BY seq DESC`),
    perSeq.decode,
  )

/** Up to where seqs go, so that of what stays there is room for more: without that, each change would count all. */
const boundary = (counts: ReadonlyArray<{ readonly seq: number; readonly count: number }>, entries: number): number => {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  if (total <= entries) return 0
  let kept = 0
  for (const { seq, count } of counts) {
    kept += count
    if (kept > entries * 0.75) return seq
  }
  return 0
}

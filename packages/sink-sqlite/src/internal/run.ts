import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { applyStatement } from "./apply.ts"
import { type Encoded, makeEncoder, mayHoldNoText, placeOfNoText } from "./batches.ts"
import { columnsOf, integer, maybe } from "./columns.ts"
import { type Database, dataFaultIsStorage } from "./database.ts"
import type { DataFault } from "./errors.ts"
import { keyTexts, makeFindings } from "./findings.ts"
import { finishRun, isWorthNoting } from "./finish.ts"
import type { Lease } from "./hold.ts"
import { indexReplica } from "./indexes.ts"
import { pieceNames } from "./pieces.ts"
import { countRows, makeReplica } from "./replica.ts"
import { readRanges } from "./ranges.ts"
import type { Target } from "./replicaTable.ts"
import { swap } from "./swap.ts"
import {
  type Batch,
  type ConnectorError,
  encodePosition,
  encodeRanges,
  inReplica,
  type Key,
  type Outcome,
  type Plan,
  type Position,
  Reconciliation,
  type Reject,
  type Row,
  type SinkRun,
  type Stored,
} from "@starbase-replication/core/sink"

/** What a run begins with. */
export interface Start extends Lease {
  readonly plan: Plan
  readonly target: Target
  readonly stored: Stored
  readonly dropped?: ReadonlyArray<string>
  /** When a run was last noted, and whether it left neither an error nor more to read. */
  readonly lastRunAt: number | undefined
  readonly isClean: boolean
  /** See `SinkRun.renew`. */
  readonly renew: SinkRun["renew"]
}

/** A batch, or a part of one that was cut: only the last part has the batch's position. */
type Part = Omit<Batch, "position"> & Partial<Pick<Batch, "position">>

const counts = columnsOf({ written: maybe(integer), deleted: maybe(integer) })
const encodeReconciliation = Schema.encodeSync(Schema.fromJsonString(Reconciliation))

/** The run's part of the Sink service. */
export const makeRun = Effect.fnUntraced(function* (database: Database, start: Start): Effect.fn.Return<SinkRun> {
  const plan = inReplica(start.plan)
  const startedAt = yield* Clock.currentTimeMillis
  const encodeRows = makeEncoder(plan)
  const statement = applyStatement(plan.into, start.target)
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  const setAside = (row: Row, reason: string, column: string | null = null): Reject => ({
    key: keyAt.map((at) => row[at] ?? null),
    column,
    reason,
  })
  const isBuilt = plan.whole !== undefined && start.target.position === "next_position"
  /** How many rows the replica without a key was given that is built, and how many of them were set aside. */
  let filled = 0
  let unkeyed = 0
  let claimed = start.previous === start.token
  let written = 0
  let deleted = 0
  let rejected = 0

  const execute = Effect.fnUntraced(function* (given: Position, part: Part, encoded: Encoded | undefined) {
    const now = yield* Clock.currentTimeMillis
    const { deletes, reconciliation } = part
    const rejects = plan.whole === undefined ? part.rejects : part.rejects.map((one, at) => placed(one, unkeyed + at))
    const position = isBuilt && given.whole === undefined ? placedAt(given, filled + part.rows.length) : part.position
    const state = reconciliation?.state
    const rows = yield* database.attempt(
      statement,
      start.token,
      start.previous,
      now,
      now + start.leaseMillis,
      rejects.length === 0 ? null : encodeRejects(rejects),
      deletes.length === 0 ? null : JSON.stringify(deletes),
      encodeKeys(reconciliation?.suspects),
      encodeKeys(reconciliation?.cleared),
      state === undefined || typeof state === "string" ? (state ?? null) : encodeReconciliation(state),
      part.ranges === undefined || part.ranges === "kept" ? (part.ranges ?? null) : encodeRanges(part.ranges),
      part.touched === undefined ? null : encodeRanges(part.touched),
      position === undefined ? null : encodePosition(position),
      part.save ? "1" : "0",
      encoded !== undefined && "json" in encoded ? encoded.json : null,
      ...pieceNames.map((_, place) =>
        encoded !== undefined && "pieces" in encoded ? (encoded.pieces[place] ?? null) : null,
      ),
    )
    const [changed] = yield* counts.decode(rows)
    if (changed?.written !== undefined) {
      claimed = true
      written = changed.written
      deleted = changed.deleted ?? 0
    }
    rejected += rejects.length
    unkeyed += rejects.length
    filled += part.rows.length
  })

  /** A row that SQLite refuses is found by halving and set aside, so that it stops no other. */
  const isolate = (given: Position, part: Part, fault: DataFault): Effect.Effect<void, ConnectorError> => {
    const [first] = part.rows
    if (first === undefined) return Effect.fail(dataFaultIsStorage(fault))
    if (part.rows.length === 1) {
      return apply(given, { ...part, rows: [], rejects: [...part.rejects, setAside(first, fault.reason)] })
    }
    const middle = Math.ceil(part.rows.length / 2)
    const halves = cut(part, [part.rows.slice(0, middle), part.rows.slice(middle)])
    return Effect.forEach(halves, (half) => apply(given, half), { discard: true })
  }

  const apply = (given: Position, whole: Part): Effect.Effect<void, ConnectorError> => {
    const applied = (part: Part, encoded: Encoded | undefined) =>
      Effect.catch(execute(given, part, encoded), (error) =>
        error._tag === "DataFault" ? isolate(given, part, error) : Effect.fail(error),
      )
    if (whole.rows.length === 0) return applied(whole, undefined)
    return Effect.suspend(() => {
      const all = encodeRows(whole.rows)
      if (mayHoldNoText(all)) {
        const places = whole.rows.map(placeOfNoText)
        const rejects = whole.rows.flatMap((row, index) => {
          const column = plan.columns[places[index] ?? -1]
          return column === undefined ? [] : [setAside(row, `the ${column.sourceType} value is no text`, column.name)]
        })
        if (rejects.length > 0) {
          const rows = whole.rows.filter((_, index) => places[index] === -1)
          return apply(given, { ...whole, rows, rejects: [...whole.rejects, ...rejects] })
        }
      }
      const parts = cut(
        whole,
        all.map(({ rows }) => rows),
      )
      return Effect.forEach(
        parts,
        (part, index) => {
          const encoded = all[index]
          if (encoded === undefined || !("bytes" in encoded)) return applied(part, encoded)
          const reason = `the row is ${encoded.bytes} bytes, more than a table here can hold`
          return apply(given, {
            ...part,
            rows: [],
            rejects: [...part.rejects, ...part.rows.map((row) => setAside(row, reason))],
          })
        },
        { discard: true },
      )
    })
  }

  const finish = Effect.fnUntraced(function* (outcome: Outcome) {
    const now = yield* Clock.currentTimeMillis
    const run = { into: plan.into, startedAt, endedAt: now, token: start.token, previous: start.previous, rejected }
    if (claimed || isWorthNoting(start, outcome, now)) yield* finishRun(database, run, outcome)
    return { written, deleted, rejected }
  })

  return {
    plan: start.plan,
    stored: start.stored,
    replica: makeReplica(database, plan),
    findings: makeFindings(database, plan.into, start, () => {
      claimed = true
    }),
    ranges: readRanges(database, plan.into),
    index: (wanted) =>
      Effect.map(indexReplica(database, plan.into, start.target, start, wanted), (isChanged) => {
        claimed ||= isChanged
      }),
    countFilled: countRows(database, start.target.table),
    apply: (batch) => apply(batch.position, batch),
    renew: start.renew,
    swap: start.target.position === "next_position" ? swap(database, plan, start.token) : undefined,
    ...(start.dropped === undefined ? {} : { dropped: start.dropped }),
    finish,
  }
})

/** A row that nothing tells apart is known by its place among those that were set aside. */
const placed = (reject: Reject, at: number): Reject => ({ ...reject, key: [String(at + 1)] })

const placedAt = (position: Position, filled: number): Position => ({ ...position, after: [String(filled)] })

const encodeRejects = (rejects: ReadonlyArray<Reject>): string =>
  JSON.stringify(rejects.map(({ key, column, reason }) => [JSON.stringify(key), column, reason]))

const encodeKeys = (keys: ReadonlyArray<Key> | undefined): string | null =>
  keys === undefined || keys.length === 0 ? null : JSON.stringify(keyTexts(keys))

/** A batch in parts: what is not a row, the position among it, comes with the last one. */
const cut = (whole: Part, rows: ReadonlyArray<ReadonlyArray<Row>>): ReadonlyArray<Part> => [
  ...rows.slice(0, -1).map((some): Part => ({
    rows: some,
    rejects: [],
    deletes: [],
    save: false,
    ...(whole.ranges === undefined ? {} : { ranges: "kept" }),
    ...(whole.touched === undefined ? {} : { touched: whole.touched }),
  })),
  ...rows.slice(-1).map((some) => ({ ...whole, rows: some })),
]

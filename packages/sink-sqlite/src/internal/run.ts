import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { applyStatement } from "./apply.ts"
import { type Encoded, encodeRows, maxParameter } from "./batches.ts"
import { type Database, dataFaultIsStorage } from "./database.ts"
import type { DataFault } from "./errors.ts"
import { finishRun, isWorthNoting } from "./finish.ts"
import { encodeKeys, encodeReconciliation, reconciling } from "./reconciling.ts"
import type { Target } from "./replicaTable.ts"
import { swap } from "./swap.ts"
import { verifying } from "./verifying.ts"
import {
  type Batch,
  type ConnectorError,
  decodePosition,
  encodePosition,
  type Outcome,
  type Plan,
  type Reject,
  type Row,
  type SinkRun,
} from "@starbase-replication/core/sink"

/** What a run begins with. */
export interface Start {
  /** The run's lease token. */
  readonly token: string
  /** The token that the table's row holds: the run's own where it has claimed the table, else the last run's. */
  readonly previous: string
  readonly leaseMillis: number
  readonly target: Target
  readonly position: string | undefined
  readonly reconciliation: string | undefined
  readonly reconciledAt: number | undefined
  readonly verification: string | undefined
  readonly verificationEndedAt: number | undefined
  /** When a run was last noted, and whether it left neither an error nor more to read. */
  readonly lastRunAt: number
  readonly isClean: boolean
  readonly failures: number
}

/** The run's part of the Sink service. */
export const makeRun = Effect.fnUntraced(function* (
  database: Database,
  plan: Plan,
  start: Start,
): Effect.fn.Return<SinkRun> {
  const startedAt = yield* Clock.currentTimeMillis
  const statement = applyStatement(plan.into, start.target)
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  const setAside = (row: Row, reason: string): Reject => ({
    key: keyAt.map((at) => row[at] ?? null),
    column: null,
    reason,
  })
  let claimed = start.previous === start.token
  let written = 0
  let deleted = 0
  let rejected = 0

  const execute = Effect.fnUntraced(function* (batch: Batch, encoded: Encoded | undefined) {
    const now = yield* Clock.currentTimeMillis
    const [row] = yield* database.attempt(
      statement,
      start.token,
      start.previous,
      now,
      now + start.leaseMillis,
      encoded?.json ?? null,
      encoded?.more ?? null,
      batch.rejects.length === 0 ? null : encodeRejects(batch.rejects),
      batch.deletes.length === 0 ? null : JSON.stringify(batch.deletes),
      encodeKeys(batch.suspects),
      encodeKeys(batch.cleared),
      encodeReconciliation(batch.reconciliation),
      encodePosition(batch.position),
      batch.save ? "1" : "0",
    )
    if (typeof row?.[0] === "number") {
      claimed = true
      written = row[0]
      deleted = Number(row[1])
    }
    rejected += batch.rejects.length
  })

  /** A row that SQLite refuses is found by halving and set aside, so that it stops no other. */
  const isolate = (batch: Batch, fault: DataFault): Effect.Effect<void, ConnectorError> => {
    const [first] = batch.rows
    if (first === undefined) return Effect.fail(dataFaultIsStorage(fault))
    if (batch.rows.length === 1) {
      return apply({ ...batch, rows: [], rejects: [...batch.rejects, setAside(first, fault.reason)] })
    }
    const middle = Math.ceil(batch.rows.length / 2)
    return applyInOrder(batch, [batch.rows.slice(0, middle), batch.rows.slice(middle)], apply)
  }

  const apply = (batch: Batch): Effect.Effect<void, ConnectorError> => {
    const recover = (piece: Batch) => (error: ConnectorError | DataFault) =>
      error._tag === "DataFault" ? isolate(piece, error) : Effect.fail(error)
    if (batch.rows.length === 0) return Effect.catch(execute(batch, undefined), recover(batch))
    return Effect.suspend(() => {
      const pieces = encodeRows(batch.rows)
      return applyInOrder(
        batch,
        pieces.map(({ rows }) => rows),
        (piece, index) => {
          const encoded = pieces[index]
          if (encoded !== undefined && "json" in encoded) return Effect.catch(execute(piece, encoded), recover(piece))
          const reason = `the row is ${encoded?.bytes} bytes as JSON, more than the ${2 * maxParameter} that fit`
          return apply({
            ...piece,
            rows: [],
            rejects: [...piece.rejects, ...piece.rows.map((row) => setAside(row, reason))],
          })
        },
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
    plan,
    failures: start.failures,
    swap: start.target.position === "next_position" ? swap(database, plan, start.token) : undefined,
    position: start.position === undefined ? undefined : decodePosition(start.position),
    ...reconciling(database, plan, start),
    ...verifying(database, plan, start, () => {
      claimed = true
    }),
    apply,
    finish,
  }
})

const encodeRejects = (rejects: ReadonlyArray<Reject>): string =>
  JSON.stringify(rejects.map(({ key, column, reason }) => [JSON.stringify(key), column, reason]))

/** Applies a batch cut in pieces: each saves the position after its last row, the last one the batch's own. */
const applyInOrder = (
  batch: Batch,
  pieces: ReadonlyArray<ReadonlyArray<Row>>,
  apply: (piece: Batch, index: number) => Effect.Effect<void, ConnectorError>,
): Effect.Effect<void, ConnectorError> =>
  Effect.forEach(
    pieces,
    (rows, index) => {
      const last = rows.at(-1)
      return index === pieces.length - 1 || last === undefined
        ? apply({ ...batch, rows }, index)
        : apply({ ...batch, rows, rejects: [], deletes: [], position: batch.positionAfter(last), save: false }, index)
    },
    { discard: true },
  )

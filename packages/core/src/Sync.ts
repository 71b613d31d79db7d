import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { ConnectorError, type ErrorDescription } from "./ConnectorError.ts"
import { makeConversion } from "./Conversion.ts"
import type { Page } from "./Page.ts"
import type { Plan } from "./Plan.ts"
import { encodePosition, notInFuture, type Position } from "./Position.ts"
import { reconcile } from "./Reconcile.ts"
import { Sink, type SinkRun } from "./Sink.ts"
import { Source, type Transactions } from "./Source.ts"
import { advance, complete, firstPosition, resume, sweepOrder } from "./Sweep.ts"
import { formatTableName, type Row } from "./Table.ts"
import { beginTrail } from "./Trail.ts"

/** What a run may use before it stops and leaves the rest to the next one. */
export interface Budget {
  /** Milliseconds after which no further page is read. At least one page always is. */
  readonly maxMillis: number
}

/** What a run of one table did. */
export interface TableResult {
  /** The replica table. */
  readonly table: string
  readonly read: number
  /** Rows inserted, or updated because a value differed. */
  readonly written: number
  /** Rows read that the replica had already, value by value. */
  readonly unchanged: number
  readonly deleted: number
  /** Rows set aside because the replica cannot hold them. */
  readonly rejected: number
  readonly pages: number
  /** True where the budget ran out before the end: come again. */
  readonly more: boolean
  readonly durationMs: number
  readonly error: ErrorDescription | undefined
}

/** About the size of a page in bytes of values; with JSON's quotes and commas it stays below 1 MB. */
const pageBytes = 700_000
const firstLimit = 500

interface Tally {
  read: number
  /** Rows read that the source has marked as deleted. */
  marked: number
  pages: number
  syncedAt: number | undefined
  more: boolean
}

/**
 * Pulls one table until its sweep is finished or the budget is used, the next page being read while the last is
 * applied. A failure is part of the result, and what was applied before it stays. Fails itself only where the run could
 * not begin or end in the sink.
 */
export const syncTable = Effect.fn("Sync.table")(function* (
  asked: Plan,
  options: {
    readonly budget: Budget
    readonly claim: boolean
    /** Whether to build the replica anew. */
    readonly refresh: boolean
    /** The transactions in flight when the run began, where the source can tell. */
    readonly transactions: Transactions | undefined
  },
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const sink = yield* Sink
  const startedAt = yield* Clock.currentTimeMillis
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const refresh = options.refresh || asked.isFull
      const run = yield* restore(sink.begin(asked, { claim: options.claim, refresh }))
      const { plan } = run
      const tally: Tally = { read: 0, marked: 0, pages: 0, syncedAt: undefined, more: false }
      const pullOptions = { ...options, deadline: startedAt + options.budget.maxMillis }
      const exit = yield* Effect.exit(restore(pullAndReconcile(plan, run, pullOptions, tally)))
      const error = Exit.isSuccess(exit)
        ? undefined
        : toError(exit.cause)
            .at({ source: plan.source, table: formatTableName(plan.table.name) })
            .describe()
      const { read, pages, syncedAt, more } = tally
      const counts = yield* run.finish({ read, pages, syncedAt, more, error })
      if (Exit.hasInterrupts(exit)) return yield* Effect.interrupt
      return {
        table: plan.into,
        read,
        written: counts.written,
        unchanged: Math.max(0, read - counts.written - counts.rejected - tally.marked),
        deleted: counts.deleted,
        rejected: counts.rejected,
        pages,
        more,
        durationMs: (yield* Clock.currentTimeMillis) - startedAt,
        error,
      }
    }),
  )
})

const toError = (cause: Cause.Cause<ConnectorError>): ConnectorError => {
  const failure = Result.getOrUndefined(Cause.findError(cause))
  if (failure !== undefined) return failure
  return Cause.hasInterrupts(cause)
    ? new ConnectorError({ code: "unknown", message: "The run was stopped before its end." })
    : new ConnectorError({ code: "unknown", message: "The run failed by a defect of this program." })
}

/** Pulls, and once all is pulled looks for rows that are gone at the source, if that is due. */
const pullAndReconcile = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, options: PullOptions, tally: Tally) {
  const position = yield* pull(plan, run, options, tally)
  if (run.swap !== undefined) {
    if (tally.more) return
    // Until the new replica is swapped in, readers see the old one, which is as old as it was.
    const { syncedAt } = tally
    tally.syncedAt = undefined
    yield* run.swap
    tally.syncedAt = syncedAt
    return
  }
  // What a first load brings is fresh: the run after it begins to compare.
  if (tally.more || plan.deletes.kind !== "reconcile" || run.position === undefined) return
  const { every } = plan.deletes
  const now = yield* Clock.currentTimeMillis
  if (run.reconciliation === undefined && now - (run.reconciledAt ?? 0) < every) return
  tally.more = yield* reconcile({ plan, run, position, every, deadline: options.deadline }, run.reconciliation)
})

interface PullOptions {
  readonly deadline: number
  readonly transactions: Transactions | undefined
}

const pull = Effect.fnUntraced(function* (
  plan: Plan,
  run: SinkRun,
  { deadline, transactions }: PullOptions,
  tally: Tally,
) {
  const source = yield* Source
  const convert = makeConversion(plan)
  const separate = separator(plan)
  const read = (position: Position, limit: number) =>
    source.read({
      table: plan.table,
      columns: plan.columns,
      ...sweepOrder(plan, position),
      after: position.after ?? undefined,
      limit,
      maxBytes: pageBytes,
    })

  const now = yield* Clock.currentTimeMillis
  let position =
    run.position === undefined ? firstPosition(yield* firstTrail(plan), now) : resume(run.position, now, transactions)
  let stored = run.position === undefined ? "" : encodePosition(run.position)
  let limit = Math.min(firstLimit, plan.batchSize)
  let page = yield* read(position, limit)

  while (true) {
    const pick = picker(plan, sweepOrder(plan, position).order)
    const here: Position = position
    const last = page.rows.at(-1)
    const passed = last === undefined ? here : advance(here, pick(last))
    const next = page.done ? complete(plan, passed) : { position: passed, finished: false }
    tally.read += page.rows.length
    tally.pages += 1
    if (next.finished) tally.syncedAt = here.startedAt
    tally.more = !next.finished
    const goesOn = tally.more && (yield* Clock.currentTimeMillis) < deadline
    limit = nextLimit(plan.batchSize, limit, page)

    if (plan.key !== plan.table.key) yield* checkKey(plan, page.rows)
    const { live, deletes } = separate(page.rows)
    tally.marked += deletes.length
    const { rows, rejects } = convert(live)
    const target = encodePosition(next.position)
    const apply =
      page.rows.length === 0 && (goesOn || target === stored)
        ? Effect.void
        : run.apply({
            rows,
            rejects,
            deletes,
            position: next.position,
            positionAfter: (row) => advance(here, pick(row)),
            save: !goesOn,
          })
    const [, following] = yield* Effect.all(
      [apply, goesOn ? Effect.result(read(next.position, limit)) : Effect.undefined],
      { concurrency: 2 },
    )
    stored = target
    position = next.position
    if (following === undefined) return position
    page = yield* Effect.fromResult(following)
  }
})

/** Makes the function that tells rows which the source has marked as deleted from the others. */
const separator = (plan: Plan) => {
  const { deletes } = plan
  if (deletes.kind !== "soft") return (rows: ReadonlyArray<Row>) => ({ live: rows, deletes: [] })
  const at = plan.columns.findIndex(({ name }) => name === deletes.column)
  const isBoolean = plan.columns[at]?.type === "boolean"
  const isDeleted = (row: Row) => (isBoolean ? row[at] === "1" : row[at] !== null)
  const pick = picker(plan, plan.key)
  return (rows: ReadonlyArray<Row>) => ({
    live: rows.filter((row) => !isDeleted(row)),
    deletes: rows.filter(isDeleted).map((row) => pick(row).map((value) => value ?? "")),
  })
}

const settleTries = 10
const settleMillis = 100

/**
 * The trail of a first scan. The highest value comes first, so that no transaction that begins after `next` writes below
 * it. Those in flight are given a second to end, because the scan then sees what they wrote; what stays open longer is
 * found, once it ends, by reading all rows again.
 */
const firstTrail = Effect.fnUntraced(function* ({ table, cursor, where }: Plan) {
  if (cursor === undefined) return null
  const source = yield* Source
  const highest = yield* source.highest(table, cursor, where)
  const high = highest === null ? null : notInFuture(cursor, highest, yield* Clock.currentTimeMillis)
  const transactions = source.transactions === undefined ? undefined : yield* source.transactions
  if (source.transactions === undefined || transactions === undefined) return beginTrail(high, undefined)
  let { open } = transactions
  for (let tries = 0; open.length > 0 && tries < settleTries; tries++) {
    yield* Effect.sleep(settleMillis)
    const still = new Set((yield* source.transactions).open)
    open = open.filter((id) => still.has(id))
  }
  return beginTrail(high, { next: transactions.next, open })
})

/** Picks the values of some columns out of a row. */
const picker = (plan: Plan, names: ReadonlyArray<string>): ((row: Row) => Row) => {
  const places = names.map((name) => plan.columns.findIndex((column) => column.name === name))
  return (row) => places.map((place) => row[place] ?? null)
}

/** A key that the config declares is taken at its word; a page that shows otherwise ends the run. */
const checkKey = (plan: Plan, rows: ReadonlyArray<Row>): Effect.Effect<void, ConnectorError> => {
  const pick = picker(plan, plan.key)
  const seen = new Set<string>()
  for (const row of rows) {
    const key = JSON.stringify(pick(row))
    if (seen.has(key)) {
      const message = `Two rows of ${formatTableName(plan.table.name)} have the same ${plan.key.join(", ")}.`
      return Effect.fail(new ConnectorError({ code: "key-not-unique", message, key }))
    }
    seen.add(key)
  }
  return Effect.void
}

/** How many rows the next page may have, so that it comes near {@link pageBytes}: the limit follows the rows' width. */
const nextLimit = (batchSize: number, limit: number, page: Page): number => {
  if (page.rows.length === 0) return limit
  const fitting = Math.floor(pageBytes / Math.max(1, page.bytes / page.rows.length))
  return Math.max(1, Math.min(batchSize, fitting, limit * 10))
}

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { LogBatch, LogState, LogTarget, SinkLogRun } from "../sink/LogSink.ts"
import type { LogMessage, SourceLog } from "../source/Log.ts"
import { Fold } from "./Fold.ts"
import { type FedTarget, partOf } from "./Parts.ts"

/** How far a log's run has come. */
export interface Followed {
  position: string
  /** The position that the sink has: what the source may throw away ends there. */
  stored: string
  part: LogState["part"]
  /** The moment up to which all was read, in milliseconds since 1970. */
  syncedAt: number | undefined
  /** Whether more of the log is left. */
  more: boolean
  /** How many changes were read of each replica table. */
  readonly read: Map<string, number>
  /** The replica tables that were emptied, with the last transaction that did so. */
  readonly emptied: Map<string, string>
  /** The last transactions that the log told. */
  readonly last: Array<string>
  /** The replica tables of which the log did not tell all. Nothing of them follows it any more. */
  readonly untold: Set<string>
  /** Whether the source has no longer what comes after the position. */
  isLost: boolean
  /** Whether the sink may be further than the position, because it did not say that it has applied what it was given. */
  isUnsure: boolean
}

/** What changes go into. */
export interface Feeding {
  /** The plans of the tables that follow, and the targets of each. */
  readonly plans: ReadonlyArray<Plan>
  readonly targets: ReadonlyArray<ReadonlyArray<FedTarget>>
  /** Has a target follow no more. */
  readonly leave: (target: LogTarget) => Effect.Effect<void, ConnectorError>
}

/** Changes are applied once they have so many characters, at the end of a transaction; one that is larger goes in parts. */
const enough = 1_000_000
const most = 6_000_000
const enoughChanges = 5000
const mostChanges = 40_000
/** So many transactions may have been told that nobody can see yet: one for each connection that waits for its commit. */
const mostLast = 1000

/** Reads the log up to an end and applies it, some transactions at a time, each of them whole, until the deadline. */
export const follow = Effect.fn("Log.follow")(function* (
  log: SourceLog,
  sink: SinkLogRun,
  { plans, targets, leave }: Feeding,
  { end, deadline, isStopped }: { readonly end: string; readonly deadline: number; readonly isStopped: () => boolean },
  state: Followed,
): Effect.fn.Return<void, ConnectorError> {
  const asOf = yield* Clock.currentTimeMillis
  let fold = new Fold(plans)
  /** The end of the last transaction that came whole, and where the one under way began. */
  let committed = state.position
  let began: { readonly at: string; readonly transaction: string; readonly place: number } | undefined
  /** The part of the transaction under way that was told so far. */
  let told: LogState["part"]
  /** Whether a part of a transaction was applied since the read began: to find its place again costs the source a while. */
  let hasAdvanced = false
  /** The tables, by their places, into which nothing goes any more. */
  const forsaken = new Set<number>()
  const isFed = (table: number) => (targets[table]?.length ?? 0) > 0 && !forsaken.has(table)

  /** Before the position goes past what was not told: whoever comes next must know, too. */
  const forsake = Effect.fnUntraced(function* (table: number) {
    const into = plans[table]?.into
    if (into === undefined || forsaken.has(table)) return
    forsaken.add(table)
    state.untold.add(into)
    fold.forget(table)
    yield* Effect.forEach(targets[table] ?? [], ({ target }) => leave(target), { discard: true })
  })

  /** What was applied without an answer must not be applied once more in other portions: that would undo some of it. */
  const apply = (batch: LogBatch) =>
    Effect.onError(sink.apply(batch), () =>
      Effect.sync(() => {
        state.isUnsure = true
      }),
    )

  const flush = Effect.fnUntraced(function* (position: string, part: LogState["part"]) {
    const done = fold
    fold = new Fold(plans)
    const parts = yield* Effect.forEach(done.tables, (folded, at) =>
      Effect.forEach(isFed(at) ? (targets[at] ?? []) : [], (fed) => partOf(sink, fed, folded)),
    )
    done.tables.forEach(({ changes }, at) => {
      const into = plans[at]?.into
      if (into !== undefined && changes > 0) state.read.set(into, (state.read.get(into) ?? 0) + changes)
    })
    if (done.changes > 0 || part !== undefined || state.part !== undefined) {
      yield* apply({ parts: parts.flat().filter((one) => one !== undefined), position, part })
      state.stored = position
    }
    state.position = position
    state.part = part
  })

  const isOver = Effect.map(Clock.currentTimeMillis, (now) => now >= deadline || isStopped())

  const take = Effect.fnUntraced(function* (messages: ReadonlyArray<LogMessage>) {
    for (const message of messages) {
      switch (message.kind) {
        case "begin":
          began = message
          state.last.push(message.transaction)
          if (state.last.length > mostLast * 2) state.last.splice(0, mostLast)
          break
        case "change":
          // What follows the log no more, or not yet, has it from the source later.
          if (isFed(message.table)) fold.add(message)
          break
        case "untold":
          yield* Effect.forEach(message.tables, forsake, { discard: true })
          break
        case "truncate":
          for (const table of message.tables) {
            if (!forsaken.has(table)) fold.empty(table)
            state.emptied.set(plans[table]?.into ?? "", began?.transaction ?? "")
          }
          break
        case "commit":
          committed = message.end
          began = undefined
      }
      told = began && "place" in message ? { at: began.at, places: message.place - began.place + 1 } : undefined
      if (told !== undefined && (fold.size >= most || fold.changes >= mostChanges)) {
        yield* flush(committed, told)
        hasAdvanced = true
      } else if (began === undefined && (fold.size >= enough || fold.changes >= enoughChanges)) {
        yield* flush(committed, undefined)
      }
    }
    if (!(yield* isOver)) return true
    // One that is torn may be left where it is, once it is further than before; any other is read to its end.
    if (began !== undefined && (!hasAdvanced || told === undefined)) return true
    yield* flush(committed, told)
    return false
  })

  // A position from which the source keeps its log may lie past the end that it told before.
  if (!log.isPast(end, state.position)) {
    state.more = false
    state.syncedAt = asOf
    return
  }

  for (;;) {
    const request = {
      from: state.position,
      end,
      skip: state.part === undefined ? undefined : { at: state.part.at, places: state.part.places },
      tables: plans.map(({ table, columns, key }) => ({ table, columns, key })),
    }
    fold = new Fold(plans)
    committed = state.position
    began = undefined
    told = undefined
    hasAdvanced = false
    const read = yield* log.read(request, take)
    if (read === "lost") {
      state.isLost = true
      state.more = true
      return
    }
    if (!read.isWhole) {
      state.more = true
      return
    }
    yield* flush(read.until, undefined)
    if (read.isAll) {
      state.more = false
      state.syncedAt = asOf
      return
    }
    if (state.stored !== state.position) yield* apply({ parts: [], position: state.position, part: undefined })
    state.stored = state.position
    yield* log.confirm(state.position)
    if (yield* isOver) {
      state.more = true
      return
    }
  }
})

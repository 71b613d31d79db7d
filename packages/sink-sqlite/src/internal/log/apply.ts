import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { maxParameter } from "../batches.ts"
import { type Database, dataFaultIsStorage } from "../database.ts"
import type { DataFault } from "../errors.ts"
import { pieceNames } from "../pieces.ts"
import { keyOf, keysOf, type Slot, sizeOf, slotsOf } from "./slots.ts"
import { Part } from "./states.ts"
import { batchColumns, maxSlots, targetText } from "./store.ts"
import type { ConnectorError, LogBatch, Reject } from "@starbase-replication/core/sink"

const statement = `INSERT INTO tmp_replication_log_batch (${batchColumns.join(", ")}) VALUES (${batchColumns.map(() => "?").join(", ")})`

const encodePart = Schema.encodeSync(Schema.fromJsonString(Part))

/** Whose run it is, and whether it has taken the log and changed something. */
interface Holder {
  readonly source: string
  readonly token: string
  readonly previous: string
  readonly leaseMillis: number
}
interface Held {
  isClaimed: boolean
  hasApplied: boolean
}

/** What one statement saves beside its slots. */
interface Saved {
  readonly position: string | null
  readonly part: LogBatch["part"]
  readonly isTorn: boolean
  readonly wanted: string | null
  readonly found: string | null
}

/** Makes the function that applies batches. */
export const makeApplyLog = (database: Database, { source, token, previous, leaseMillis }: Holder, held: Held) => {
  const execute = Effect.fnUntraced(function* (slots: ReadonlyArray<Slot>, saved: Saved) {
    const now = yield* Clock.currentTimeMillis
    const named: Readonly<Record<string, string | number | null>> = {
      name: source,
      token,
      previous,
      now,
      until: now + leaseMillis,
      position: saved.position,
      part: saved.part === undefined ? null : encodePart(saved.part),
      is_torn: saved.isTorn ? 1 : 0,
      wanted: saved.wanted,
      found: saved.found,
      slots: JSON.stringify(
        slots.map(({ part, isEmptied, rejects }) => [
          targetText(part.target),
          isEmptied ? 1 : 0,
          rejects.length === 0 ? null : encodeRejects(rejects),
        ]),
      ),
      ...Object.fromEntries(
        slots.flatMap(({ json, deletes }, at) => [
          [`r${at}`, json],
          [`d${at}`, deletes.length === 0 ? null : JSON.stringify(deletes)],
        ]),
      ),
      ...Object.fromEntries(pieceNames.map((name, place) => [name, slots[0]?.pieces[place] ?? null])),
    }
    yield* database.attempt(statement, ...batchColumns.map((column) => named[column] ?? null))
    held.isClaimed = true
    held.hasApplied ||= slots.length > 0
  })

  /** What SQLite refuses is found by halving and set aside, and what comes with it is no longer one step. */
  const isolate = (slots: ReadonlyArray<Slot>, saved: Saved, fault: DataFault): Effect.Effect<void, ConnectorError> => {
    const [first] = slots
    if (first === undefined) return Effect.fail(dataFaultIsStorage(fault))
    const later = { position: null, part: undefined, isTorn: true, wanted: null, found: null }
    if (slots.length > 1) {
      const middle = slots.length >> 1
      return Effect.andThen(attempt(slots.slice(0, middle), later), attempt(slots.slice(middle), saved))
    }
    const { part, rows } = first
    const [row] = rows
    if (row === undefined) return Effect.fail(dataFaultIsStorage(fault))
    if (rows.length === 1) {
      const reject = { key: keyOf(part, row), column: null, reason: fault.reason }
      return attempt([{ ...first, rows: [], json: null, pieces: [], rejects: [reject] }], saved)
    }
    const middle = rows.length >> 1
    const half = (some: typeof rows): Slot => ({ ...first, rows: some, json: JSON.stringify(some) })
    return Effect.andThen(attempt([half(rows.slice(0, middle))], later), attempt([half(rows.slice(middle))], saved))
  }

  const attempt = (slots: ReadonlyArray<Slot>, saved: Saved): Effect.Effect<void, ConnectorError> =>
    Effect.catch(execute(slots, saved), (error) =>
      error._tag === "DataFault" ? isolate(slots, saved, error) : Effect.fail(error),
    )

  return ({ parts, position, part }: LogBatch): Effect.Effect<void, ConnectorError> =>
    Effect.suspend(() => {
      const portions = groupsOf(parts.flatMap(slotsOf))
      const last = {
        position,
        part,
        isTorn: part !== undefined,
        wanted: keysOf(parts, ({ wanted }) => wanted),
        found: keysOf(parts, ({ found }) => found),
      }
      const torn = { position: null, part: undefined, isTorn: true, wanted: null, found: null }
      return Effect.forEach(portions, (slots, at) => attempt(slots, at === portions.length - 1 ? last : torn), {
        discard: true,
      })
    })
}

const encodeRejects = (rejects: ReadonlyArray<Reject>): string =>
  JSON.stringify(rejects.map(({ key, column, reason }) => [JSON.stringify(key), column, reason]))

/** How much one statement brings at most, in bytes. */
const maxBytes = 8 * maxParameter

/** Slots by statements: as few as their number and size allow, and one in pieces goes alone. */
const groupsOf = (slots: ReadonlyArray<Slot>): ReadonlyArray<ReadonlyArray<Slot>> => {
  const groups: Array<Array<Slot>> = [[]]
  let bytes = 0
  for (const slot of slots) {
    const current = groups.at(-1) ?? []
    const isAlone = slot.pieces.length > 0 || current.some(({ pieces }) => pieces.length > 0)
    const isFull = current.length === maxSlots || bytes + sizeOf(slot) > maxBytes
    if (current.length > 0 && (isAlone || isFull)) {
      groups.push([slot])
      bytes = sizeOf(slot)
    } else {
      current.push(slot)
      bytes += sizeOf(slot)
    }
  }
  return groups
}

import { type Billed, fromRpc, journal, type OnBilled } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../Starbase.ts"

/** A day in UTC, by which the platform bills. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** What this isolate has had billed and not stored yet. */
const pending = new Map<string, { read: number; written: number }>()
let storedAt: number | undefined

/** To store it is a billed write itself: it waits for so many rows, or so many milliseconds. */
const storedRows = 1000
const storedMillis = 600_000

/** Counts what statements cost. */
export const onBilled: OnBilled = ({ read, written }) => {
  const now = Date.now()
  storedAt ??= now
  const day = dayOf(now)
  const sum = pending.get(day) ?? { read: 0, written: 0 }
  pending.set(day, { read: sum.read + read, written: sum.written + written })
}

export const pendingBilled = (): ReadonlyArray<Billed & { readonly day: string }> =>
  Array.from(pending, ([day, billed]) => ({ day, ...billed }))

/** Stores what was billed, where it is worth its write. What an isolate that ends has not stored is lost. */
export const storeBilled = ({ rpc }: StarbaseDataSource): Effect.Effect<void> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const all = pendingBilled()
    const written = all.reduce((sum, one) => sum + one.written, 0)
    const isWorth = written >= storedRows || (written > 0 && now - (storedAt ?? now) >= storedMillis)
    if (!isWorth) return
    storedAt = now
    pending.clear()
    const { addBilled } = journal(fromRpc(rpc, onBilled))
    yield* Effect.forEach(all, ({ day, ...billed }) => Effect.ignore(addBilled(day, billed)), { discard: true })
  })

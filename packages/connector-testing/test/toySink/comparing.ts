import { compareKeys, type Differing, type Findings, type Key, type Replica } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { summaryOf } from "../../src/internal/summary.ts"
import { held, type Start } from "./begin.ts"
import { keyText, type Meta, type ToyStore } from "./store.ts"

/** The part of a run that asks the replica. */
export const makeReplica = (store: ToyStore, { plan }: Start): Replica => {
  const keyAt = plan.key.map((name) => plan.columns.findIndex((column) => column.name === name))
  const rows = () => store.data.tables.get(plan.into)?.rows ?? new Map()
  const compare = compareKeys(keyAt.flatMap((at) => plan.columns[at] ?? []))
  const keys = (): ReadonlyArray<Key> =>
    [...rows().values()].map((row) => keyAt.map((at) => row[at] ?? "")).toSorted(compare)
  const after = (key: Key | undefined) => keys().filter((one) => key === undefined || compare(one, key) > 0)

  return {
    countRows: Effect.sync(() => rows().size),
    keys: (key, limit) => Effect.sync(() => after(key).slice(0, limit)),
    rows: (last, limit) =>
      Effect.sync(() => {
        const from = Number(last ?? 0)
        const some = [...rows().values()].slice(from, from + limit)
        return { rows: some, last: some.length < limit ? undefined : String(from + limit) }
      }),
    summarize: (key, limit) =>
      Effect.sync(() => {
        const some = after(key).slice(0, limit)
        const last = some.at(-1)
        return last === undefined ? undefined : { ...summaryOf(some), last }
      }),
    compare: (given) =>
      Effect.sync(() =>
        given.flatMap((row): ReadonlyArray<Differing> => {
          const key = keyAt.map((at) => row[at] ?? "")
          const found = rows().get(keyText(key))
          if (found === undefined) return [{ key, kind: "missing" }]
          return JSON.stringify(found) === JSON.stringify(row) ? [] : [{ key, kind: "differs" }]
        }),
      ),
    countWithin: ({ after: low, until }) =>
      Effect.sync(() => {
        const isWithin = (key: Key) =>
          (low === undefined || compare(key, low) > 0) && (until === undefined || compare(key, until) <= 0)
        const aside = [...(store.data.metas.get(plan.into)?.rejects.values() ?? [])]
        return {
          rows: keys().filter(isWithin).length,
          setAside: aside.map(({ key }) => key.map((value) => value ?? "")).filter(isWithin),
        }
      }),
    present: (some) => Effect.sync(() => some.filter((key) => rows().has(keyText(key)))),
    setAside: (some) =>
      Effect.sync(() => some.filter((key) => store.data.metas.get(plan.into)?.rejects.has(keyText(key)) === true)),
  }
}

/** The part of a run that keeps what comparisons find. */
export const makeFindings = (store: ToyStore, start: Start, hold: (meta: Meta, now: number) => void): Findings => {
  const meta = () => store.data.metas.get(start.plan.into)
  const change = (of: (meta: Meta, now: number) => void) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      store.step((data) => {
        const one = held(data, start, now)
        hold(one, now)
        of(one, now)
      }),
    )
  const differences = () => [...(meta()?.differences.values() ?? [])]

  return {
    suspects: (limit) => Effect.sync(() => [...(meta()?.suspects.values() ?? [])].slice(0, limit)),
    clearDifferences: change((one) => one.differences.clear()),
    countDifferences: Effect.sync(() => differences().length),
    differences: (key, limit) =>
      Effect.sync(() =>
        differences()
          .toSorted((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1))
          .filter((one) => key === undefined || keyText(one.key) > keyText(key))
          .slice(0, limit),
      ),
    noteVerification: (state, found, rechecked = []) =>
      change((one) => {
        for (const key of rechecked) one.differences.delete(keyText(key))
        for (const row of found) one.differences.set(keyText(row.key), row)
        one.verification = state
      }),
    completeVerification: ({ unaccounted = 0 }) =>
      change((one, now) => {
        one.verification = undefined
        one.verificationEndedAt = now
        if (one.differences.size + unaccounted === 0) one.verifiedAt = now
      }),
  }
}

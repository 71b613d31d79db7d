import type { FleetSummary, ShownReplica } from "@starbase-replication/plugin"
import type { Known, Lag, Sweep } from "./Known.ts"

const most = 10

const iso = (at: number): string => new Date(at).toISOString()

const secondsOf = (lag: number): number => Math.round(lag) / 1000

export const show = ({ name, since, todo, told, error }: Known, lag: Lag): ShownReplica => ({
  replica: name,
  since: iso(since),
  todo: todo ?? null,
  lagSeconds: lag === undefined ? null : secondsOf(lag),
  toldAt: told === undefined ? null : iso(told.at),
  seq: told?.seq ?? null,
  error: error?.message ?? null,
  errorAt: error === undefined ? null : iso(error.at),
})

/** A value that so many of a sorted list do not exceed. */
const percentile = (sorted: ReadonlyArray<number>, share: number): number | null =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null

/** Sums up the replicas that there are. */
export const summarize = (
  all: ReadonlyArray<Known>,
  lagOf: (known: Known) => Lag,
  more: { readonly deleted: number; readonly hints: FleetSummary["hints"]; readonly sweep: Sweep | undefined },
): FleetSummary => {
  const lags = all.map((known) => ({ known, lag: lagOf(known) }))
  const known = lags.flatMap(({ lag }) => (lag === undefined ? [] : [lag])).toSorted((a, b) => a - b)
  const failing = lags.filter((one) => one.known.error !== undefined)
  const seconds = (share: number) => {
    const found = percentile(known, share)
    return found === null ? null : secondsOf(found)
  }
  const { deleted, hints, sweep } = more
  return {
    count: all.length,
    seeded: known.length,
    deleted,
    failing: failing.length,
    lagSeconds: { p50: seconds(0.5), p99: seconds(0.99), max: seconds(1) },
    worst: lags
      .filter(({ lag }) => lag !== undefined && lag > 0)
      .toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0))
      .slice(0, most)
      .map((one) => show(one.known, one.lag)),
    errors: failing
      .toSorted((a, b) => (b.known.error?.at ?? 0) - (a.known.error?.at ?? 0))
      .slice(0, most)
      .map((one) => show(one.known, one.lag)),
    hints,
    sweep:
      sweep === undefined
        ? null
        : {
            total: sweep.total,
            left: sweep.left,
            startedAt: iso(sweep.startedAt),
            workflow: sweep.workflow ?? null,
          },
  }
}

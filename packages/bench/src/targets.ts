import type { Figure } from "./lib/figures.ts"
import { formatNumber } from "./report/format.ts"

/** What a target came to. */
export interface Verdict {
  readonly label: string
  readonly limit: string
  readonly found: string
  readonly isMet: boolean
}

interface Target {
  readonly label: string
  readonly limit: string
  /** What was found and whether it will do; undefined where it was not measured. */
  readonly judge: (figures: Figures) => { readonly found: string; readonly isMet: boolean } | undefined
}

/** The figures by id, and those whose ids a pattern meets. */
interface Figures {
  readonly get: (id: string) => Figure | undefined
  readonly all: (pattern: RegExp) => ReadonlyArray<Figure>
}

/** How many times as long as the floor a load took. */
const timesFloor = (figure: Figure | undefined): number | undefined =>
  figure?.against === undefined ? undefined : 1 / figure.against.ratio

const atMost = (value: number | undefined, limit: number, unit: string) =>
  value === undefined ? undefined : { found: `${formatNumber(value)}${unit}`, isMet: value <= limit }
const atLeast = (value: number | undefined, limit: number, unit: string) =>
  value === undefined ? undefined : { found: `${formatNumber(value)}${unit}`, isMet: value >= limit }

const largest = (figures: ReadonlyArray<Figure>, unit: string, limit: number) =>
  figures.length === 0 ? undefined : atMost(Math.max(...figures.map(({ value }) => value)), limit, unit)

const sizeTarget = (where: string, pattern: RegExp): Target => ({
  label: `pull of 1,000 changes, ${where}, 1,000,000 rows to 10,000`,
  limit: "at most 1.3 x the time",
  judge: ({ all }) => {
    const ratios = all(pattern).flatMap(({ against }) => against?.ratio ?? [])
    return ratios.length === 0 ? undefined : atMost(Math.max(...ratios), 1.3, " x")
  },
})

const plugin = "first-load/postgres/mixed/plugin"

const targets: ReadonlyArray<Target> = [
  {
    label: "first load, Postgres, plugin",
    limit: "at most 1.6 x the floor's time",
    judge: ({ get }) => atMost(timesFloor(get(plugin)), 1.6, " x"),
  },
  {
    label: "first load, Postgres, plugin",
    limit: "at least 40 x the seed's rate",
    judge: ({ get }) => {
      const [ours, seed] = [get(plugin), get("first-load/postgres/mixed/seed")]
      return ours === undefined || seed === undefined ? undefined : atLeast(ours.value / seed.value, 40, " x")
    },
  },
  {
    label: "first load, Postgres, plugin",
    limit: "above 100,000 rows/s",
    judge: ({ get }) => atLeast(get(plugin)?.value, 100_000, " rows/s"),
  },
  {
    label: "first load, MariaDB",
    limit: "at most 2 x the floor's time",
    judge: ({ get }) => atMost(timesFloor(get("first-load/mariadb/mixed/plugin")), 2, " x"),
  },
  {
    label: "first load, Supabase REST",
    limit: "at least 90 % of curl's rate",
    judge: ({ get }) => {
      const ratio = get("first-load/supabase/mixed/plugin")?.against?.ratio
      return atLeast(ratio === undefined ? undefined : ratio * 100, 90, " %")
    },
  },
  {
    label: "first load, Supabase REST, 20 ms away",
    limit: "at least 90 % of curl's rate",
    judge: ({ get }) => {
      const ratio = get("first-load/supabase-far/mixed/plugin")?.against?.ratio
      return atLeast(ratio === undefined ? undefined : ratio * 100, 90, " %")
    },
  },
  {
    label: "memory over idle, any size and fat rows",
    limit: "at most 64 MB, V8's heap held",
    judge: ({ all }) => largest(all(/^cost\/[^/]+\/\d+\/memory$/), " MB", 64),
  },
  {
    label: "memory over idle, any size and fat rows",
    limit: "at most 64 MB, V8 as it likes",
    judge: ({ all }) => largest(all(/^cost\/[^/]+\/\d+\/memory-free$/), " MB", 64),
  },
  {
    label: "pull without a cursor, 1,000,000 rows, nothing changed in it",
    limit: "at most 2 x the source's own scan",
    judge: ({ get }) => {
      const ratio = get("incremental/cursorless/1000000/0/time")?.against?.ratio
      return atMost(ratio, 2, " x")
    },
  },
  {
    label: "pull without a cursor, MariaDB, 1,000,000 rows, nothing changed",
    limit: "at most 2 x a plain digest of the table",
    judge: ({ get }) => atMost(get("incremental/mariadb/1000000/0/time")?.against?.ratio, 2, " x"),
  },
  {
    label: "pull without a cursor, MariaDB, 1,000,000 rows, nothing changed",
    limit: "below 50 kB on the wire",
    judge: ({ get }) => atMost(get("incremental/mariadb/1000000/0/bytes")?.value, 50_000 / 1024, " KiB"),
  },
  {
    label: "reconciliation, 1,000,000 text keys, nothing gone",
    limit: "below 100 kB on the wire",
    judge: ({ get }) => atMost(get("incremental/reconcile/1000000/bytes")?.value, 100_000 / 1024, " KiB"),
  },
  {
    label: "idle wake-up, 100 tables 20 ms away, 1 connection, nothing committed",
    limit: "at most 100 ms",
    judge: ({ get }) => atMost(get("freshness/far/100/1 connection, nothing committed")?.value, 100, " ms"),
  },
  sizeTarget("spread over the table", /^incremental\/1000000\/1000\/size$/),
  sizeTarget("the newest rows", /^incremental\/1000000\/1000-newest\/size$/),
  {
    label: "idle wake-up",
    limit: "0 billed rows written",
    judge: ({ get }) => atMost(get("cost/idle/written")?.value, 0, ""),
  },
  {
    label: "idle wake-up, 1 table",
    limit: "at most 2 source queries",
    judge: ({ get }) => atMost(get("cost/idle/one-table")?.value, 2, ""),
  },
  {
    label: "idle wake-up, 10 tables",
    limit: "at most 2 source queries per table",
    judge: ({ get }) => {
      const queries = get("cost/idle/ten-tables")?.value
      return atMost(queries === undefined ? undefined : queries / 10, 2, " per table")
    },
  },
  {
    label: "idle wake-up, 1 table",
    limit: "1 round trip",
    judge: ({ get }) => atMost(get("cost/idle/one-table-trips")?.value, 1, ""),
  },
  {
    label: "billed writes per changed row",
    limit: "1, and 1 per index",
    // The state of the table is a row too, written once a page.
    judge: ({ all }) => {
      const changed = all(/^cost\/writes\/\w+\/changed$/).map(({ value }) => value)
      const indexed = all(/^cost\/writes\/\w+\/indexed$/).map(({ value }) => value)
      if (changed.length === 0 || indexed.length === 0) return undefined
      const [most, mostIndexed] = [Math.max(...changed), Math.max(...indexed)]
      const found = `${formatNumber(most)}, ${formatNumber(mostIndexed)} with an index`
      return { found, isMet: most < 1.005 && mostIndexed < 2.005 }
    },
  },
  {
    label: "billed writes per unchanged row",
    limit: "0",
    judge: ({ all }) => largest(all(/^cost\/writes\/\w+\/unchanged$/), "", 0.001),
  },
  {
    label: "p99 of a reader during a load",
    limit: "at most 3 x its p99 at rest",
    judge: ({ get }) => atMost(get("reads/loading/p99")?.against?.ratio, 3, " x"),
  },
  {
    label: "p99 of a reader during a load",
    limit: "below 50 ms",
    judge: ({ get }) => atMost(get("reads/loading/p99")?.value, 50, " ms"),
  },
]

/** Holds figures against what they must show; what was not measured is left out. */
export const judge = (figures: ReadonlyArray<Figure>): ReadonlyArray<Verdict> => {
  const byId = new Map(figures.map((figure) => [figure.id, figure]))
  const known: Figures = {
    get: (id) => byId.get(id),
    all: (pattern) => figures.filter(({ id }) => pattern.test(id)),
  }
  return targets.flatMap(({ judge, label, limit }) => {
    const judged = judge(known)
    return judged === undefined ? [] : [{ label, limit, ...judged }]
  })
}

import * as Effect from "effect/Effect"
import { before, runs, type SinkMutation } from "./change.ts"

/** What is wrong with leases, refreshes and drift. */
export const running: ReadonlyArray<SinkMutation> = [
  {
    name: "lets a second run in",
    change: before("begin", (meta) => {
      meta.leaseUntil = 0
    }),
    breaks: ["lease: one run at a time", "lease: a run that died", "lease: a plan that is older than the table"],
  },
  {
    name: "waits for ever for a run that died",
    change: before("begin", (meta) => {
      if (meta.leaseUntil > 0) meta.leaseUntil = Number.MAX_SAFE_INTEGER
    }),
    breaks: ["lease: a run that died", "lease: a run whose table another has taken"],
  },
  {
    name: "does not renew the lease",
    change: runs((run, { into }, store) => {
      const until = store.data.metas.get(into)?.leaseUntil ?? 0
      return {
        ...run,
        apply: (batch) =>
          Effect.tap(run.apply(batch), () =>
            Effect.sync(() => {
              const meta = store.data.metas.get(into)
              if (meta !== undefined && until > 0) meta.leaseUntil = until
            }),
          ),
      }
    }),
    breaks: ["lease: a run that died"],
  },
  {
    name: "fences nobody",
    change: runs((run, { into }, store) => {
      const lease = store.data.metas.get(into)?.lease ?? ""
      const pretend = Effect.sync(() => {
        const meta = store.data.metas.get(into)
        if (meta !== undefined) Object.assign(meta, { lease, leaseUntil: 0 })
      })
      return { ...run, apply: (batch) => Effect.andThen(pretend, run.apply(batch)) }
    }),
    breaks: ["lease: a run whose table another has taken", "lease: two runs without a claim"],
  },
  {
    name: "refreshes in place",
    change: (sink, store) => ({
      ...sink,
      begin: (plan, options) =>
        Effect.tap(sink.begin(plan, { ...options, refresh: false }), () =>
          Effect.sync(() => {
            if (options.refresh) store.data.tables.get(plan.into)?.rows.clear()
          }),
        ),
    }),
    breaks: ["refresh and drift: a refresh", "atomicity: a swap that fails"],
  },
  {
    name: "begins a refresh anew with every run",
    change: before("begin", (meta) => {
      if (meta.next !== undefined) meta.next.position = undefined
    }),
    breaks: ["refresh and drift: a refresh"],
  },
  {
    name: "swaps nothing",
    change: runs((run) => (run.swap === undefined ? run : { ...run, swap: Effect.void })),
    breaks: [
      "refresh and drift: a refresh",
      "refresh and drift: columns that come and go",
      "atomicity: a swap that fails",
    ],
  },
  {
    name: "takes other columns without a word",
    change: before("begin", (meta) => {
      meta.live = undefined
    }),
    breaks: ["refresh and drift: columns that come and go", "refresh and drift: columns that must not change"],
  },
  {
    name: "follows every change",
    change: (sink) => ({ ...sink, begin: (plan, options) => sink.begin({ ...plan, drift: "follow" }, options) }),
    breaks: ["refresh and drift: columns that must not change"],
  },
  {
    name: "calls columns as the source does",
    change: (sink) => ({
      ...sink,
      begin: (plan, options) =>
        sink.begin({ ...plan, columns: plan.columns.map((column) => ({ ...column, into: undefined })) }, options),
    }),
    breaks: ["refresh and drift: columns by other names"],
  },
  {
    name: "takes one mask for another",
    change: (sink) => ({
      ...sink,
      begin: (plan, options) =>
        sink.begin(
          {
            ...plan,
            columns: plan.columns.map((column) =>
              column.mask === undefined ? column : { ...column, mask: { kind: "keep", last: 2 } },
            ),
          },
          options,
        ),
    }),
    breaks: ["refresh and drift: masked columns"],
  },
  {
    name: "keeps a position that belongs to another cursor",
    change: (sink) => ({ ...sink, begin: (plan, options) => sink.begin({ ...plan, cursor: undefined }, options) }),
    breaks: ["refresh and drift: another cursor"],
  },
  {
    name: "goes by plans that are older than the table",
    change: (sink) => ({
      ...sink,
      begin: (plan, options) => sink.begin(plan, { ...options, again: Effect.succeed(plan) }),
    }),
    breaks: ["lease: a plan that is older than the table"],
  },
  {
    name: "takes over whatever is there",
    change: (sink) => ({ ...sink, begin: (plan, options) => sink.begin({ ...plan, adopt: true }, options) }),
    breaks: ["refresh and drift: a table of somebody else's"],
  },
]

import type { Batch, Reconciled } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { batches, before, findings, replicas, type SinkMutation } from "./change.ts"

/** What a batch notes of a reconciliation, changed. */
const noting = ({ reconciliation }: Batch, change: Partial<Reconciled>): Partial<Batch> =>
  reconciliation === undefined ? {} : { reconciliation: { ...reconciliation, ...change } }

/** What is wrong with what a sink knows, and with how it compares. */
export const knowing: ReadonlyArray<SinkMutation> = [
  {
    name: "gives the first keys over and over",
    change: replicas(({ keys }) => ({ keys: (_, limit) => keys(undefined, limit) })),
    breaks: ["comparing: keys"],
  },
  {
    name: "leaves the key after out, and the next one too",
    change: replicas((replica) => ({
      keys: (after, limit) =>
        Effect.map(replica.keys(after, limit + 1), (keys) =>
          after === undefined ? keys.slice(0, limit) : keys.slice(1),
        ),
    })),
    breaks: ["comparing: keys"],
  },
  {
    name: "sums the keys themselves up",
    change: replicas((replica) => ({
      summarize: (after, limit) =>
        Effect.map(replica.summarize(after, limit), (summary) => summary && { ...summary, sum: summary.count }),
    })),
    breaks: ["comparing: summaries"],
  },
  {
    name: "forgets suspects",
    change: batches((batch) => ({ ...batch, ...noting(batch, { suspects: [] }) })),
    breaks: ["comparing: suspects of a reconciliation"],
  },
  {
    name: "clears no suspect",
    change: batches((batch) => ({ ...batch, ...noting(batch, { cleared: [] }) })),
    breaks: ["comparing: suspects of a reconciliation"],
  },
  {
    name: "finds NULL equal to everything",
    change: replicas((replica) => ({
      compare: (rows) =>
        Effect.map(replica.compare(rows), (found) =>
          found.filter(({ key }) => !rows.some((row) => row[0] === key[0] && row.includes(null))),
        ),
    })),
    breaks: ["comparing: rows that differ"],
  },
  {
    name: "has every key",
    change: replicas(() => ({ present: Effect.succeed })),
    breaks: ["comparing: rows that differ"],
  },
  {
    name: "counts rows that do not differ any more",
    change: findings(({ noteVerification }) => ({
      noteVerification: (state, found) => noteVerification(state, found),
    })),
    breaks: ["comparing: a verification"],
  },
  {
    name: "verifies whatever differs",
    change: findings(({ clearDifferences, completeVerification }) => ({
      completeVerification: (state) => Effect.andThen(clearDifferences, completeVerification(state)),
    })),
    breaks: ["comparing: a verification"],
  },
  {
    name: "knows a table as soon as it is asked for",
    change: (sink) => ({
      ...sink,
      setPaused: (into, paused) => Effect.map(sink.setPaused(into, paused), () => true),
    }),
    breaks: ["states: before the first run", "states: pauses"],
  },
  {
    name: "says that nothing ever runs",
    change: (sink) => ({
      ...sink,
      runs: Effect.map(sink.runs, (all) => all.map((run) => ({ ...run, running: false }))),
    }),
    breaks: ["states: while a run is under way, and after it", "states: a run that died holds nothing for ever"],
  },
  {
    name: "says that what ran runs",
    change: (sink) => ({
      ...sink,
      runs: Effect.map(sink.runs, (all) => all.map((run) => ({ ...run, running: true }))),
    }),
    breaks: ["states: a run that died holds nothing for ever"],
  },
  {
    name: "forgets that it failed before",
    change: before("begin", (meta) => {
      meta.failures = 0
    }),
    breaks: ["states: failures"],
  },
  {
    name: "notes no failure of a run that could not begin",
    change: (sink) => ({ ...sink, fail: () => Effect.void }),
    breaks: ["states: a run that could not begin"],
  },
  {
    name: "resumes what failed for good no more",
    change: (sink, store) => ({
      ...sink,
      setPaused: (into, paused) =>
        Effect.suspend(() => {
          const blockedBy = store.data.metas.get(into)?.blockedBy
          return Effect.tap(sink.setPaused(into, paused), () =>
            Effect.sync(() => {
              const meta = store.data.metas.get(into)
              if (meta !== undefined) meta.blockedBy = blockedBy
            }),
          )
        }),
    }),
    breaks: ["states: pauses"],
  },
  {
    name: "counts no failures of a source",
    change: (sink) => ({
      ...sink,
      noteSource: (source, failure) =>
        Effect.andThen(sink.noteSource(source, undefined), sink.noteSource(source, failure)),
    }),
    breaks: ["states: sources"],
  },
  {
    name: "gives the oldest runs first",
    change: (sink) => ({
      ...sink,
      history: (options) =>
        Effect.map(sink.history({ ...options, limit: 1000 }), (all) => all.toReversed().slice(0, options.limit)),
    }),
    breaks: ["states: history"],
  },
  {
    name: "resets a table under a run",
    change: before("reset", (meta) => {
      meta.leaseUntil = 0
    }),
    breaks: ["states: reset"],
  },
  {
    name: "leaves the table of a reset",
    change: before("reset", (meta) => {
      meta.live = undefined
    }),
    breaks: ["states: reset"],
  },
]

import type { Batch, Ranges } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { batches, replicas, runs, type SinkMutation } from "./change.ts"

const without = ({ ranges: _ranges, ...batch }: Batch): Batch => batch

/** What is wrong with what a sink knows of ranges. */
export const ranging: ReadonlyArray<SinkMutation> = [
  {
    name: "keeps ranges whatever is applied",
    change: batches((batch) => ({ ...batch, ranges: batch.ranges ?? "kept" })),
    breaks: ["ranges: what ranges hold"],
  },
  {
    name: "forgets ranges with every batch that changes rows",
    change: batches((batch) => (batch.rows.length > 0 ? without(batch) : batch)),
    breaks: ["ranges: what ranges hold"],
  },
  {
    name: "forgets ranges that are to be kept",
    change: batches((batch) => (batch.ranges === "kept" ? without(batch) : batch)),
    breaks: ["ranges: what ranges hold"],
  },
  {
    name: "notes what is touched though nothing changes",
    change: batches(({ touched, ...batch }) => (touched === undefined ? batch : { ...batch, ranges: touched })),
    breaks: ["ranges: what batches touch"],
  },
  {
    name: "keeps ranges that are touched",
    change: batches(({ touched, ...batch }) => (touched === undefined ? batch : { ...batch, ranges: "kept" })),
    breaks: ["ranges: what batches touch"],
  },
  {
    name: "has the ranges of one table for all",
    change: runs((run, _, store) => ({
      ...run,
      ranges: Effect.sync(() => [...store.data.metas.values()].find(({ ranges }) => ranges !== undefined)?.ranges),
    })),
    breaks: ["ranges: what ranges hold"],
  },
  {
    name: "keeps the ranges of a replica that it drops",
    change: (() => {
      let kept: Ranges | undefined
      return (sink, store) => {
        const rangesOf = () => store.data.metas.get("items")?.ranges
        return {
          ...sink,
          reset: (into) => {
            kept = rangesOf()
            return sink.reset(into)
          },
          begin: (plan, options) =>
            Effect.map(sink.begin(plan, options), (run) => ({ ...run, ranges: Effect.sync(() => rangesOf() ?? kept) })),
        }
      }
    })(),
    breaks: ["ranges: a replica that begins anew"],
  },
  {
    name: "counts a bound to the span above it",
    change: replicas((replica) => ({
      countWithin: ({ after, until }) =>
        Effect.flatMap(replica.present(after === undefined ? [] : [after]), (present) =>
          Effect.map(replica.countWithin({ after, until }), ({ rows, setAside }) => ({
            rows: rows + present.length,
            setAside,
          })),
        ),
    })),
    breaks: ["ranges: counts of spans"],
  },
  {
    name: "does not count what was set aside",
    change: replicas((replica) => ({
      countWithin: (span) => Effect.map(replica.countWithin(span), ({ rows }) => ({ rows, setAside: [] })),
    })),
    breaks: ["ranges: counts of spans"],
  },
  {
    name: "remembers that deleted rows were set aside",
    change: runs((run, plan, store) => ({
      ...run,
      apply: (batch) => {
        const rejects = [...(store.data.metas.get(plan.into)?.rejects ?? [])]
        const again = Effect.sync(() => {
          for (const [key, reject] of rejects) store.data.metas.get(plan.into)?.rejects.set(key, reject)
        })
        return batch.deletes.length > 0 ? Effect.tap(run.apply(batch), again) : run.apply(batch)
      },
    })),
    breaks: ["ranges: counts of spans"],
  },
  {
    name: "orders keys by their texts",
    change: replicas((replica) => ({
      keys: (after, limit) =>
        Effect.map(replica.keys(undefined, 1000), (keys) =>
          keys
            .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))
            .filter(([key = ""]) => after === undefined || key > (after[0] ?? ""))
            .slice(0, limit),
        ),
    })),
    breaks: ["ranges: the order of keys"],
  },
]

import type { Batch, ConnectorError, Row, SinkRun } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import type { Change } from "../toySink/sink.ts"
import type { ToyStore } from "../toySink/store.ts"
import type { SinkMutation } from "./change.ts"

/** A toy whose runs are others, those that build a replica anew too. */
const runsAs = (change: (run: SinkRun, store: ToyStore) => Partial<SinkRun>): Change => {
  return (sink, store) => {
    const changed = (run: SinkRun): SinkRun => ({
      ...run,
      renew: (options) => Effect.map(run.renew(options), changed),
      ...change(run, store),
    })
    return { ...sink, begin: (plan, options) => Effect.map(sink.begin(plan, options), changed) }
  }
}

const applies = (change: (batch: Batch) => Batch): Change =>
  runsAs((run) => ({ apply: (batch) => run.apply(change(batch)) }))

/** Adds rows to the replica that is built, whatever it has. */
const add = (store: ToyStore, { plan }: SinkRun, rows: ReadonlyArray<Row>): Effect.Effect<void, ConnectorError> =>
  store.step((data) => {
    const table = data.tables.get(`next ${plan.into}`)
    for (const [at, row] of rows.entries()) table?.rows.set(`again ${at}`, row)
  })

const distinct = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => [
  ...new Map(rows.map((row) => [JSON.stringify(row), row])).values(),
]

/** What is wrong with tables without a key. */
export const whole: ReadonlyArray<SinkMutation> = [
  {
    name: "takes equal rows for one",
    change: applies((batch) => ({ ...batch, rows: distinct(batch.rows) })),
    breaks: ["whole: rows of a table without a key"],
  },
  {
    name: "adds rows once more where the answer was lost",
    change: runsAs((run, store) => ({
      apply: (batch) => Effect.tapError(run.apply(batch), () => Effect.ignore(add(store, run, batch.rows))),
    })),
    breaks: ["whole: a batch that is applied twice"],
  },
  {
    name: "goes on with what a run has left",
    change: (sink, store) => ({
      ...sink,
      begin: (plan, options) =>
        Effect.suspend(() => {
          const left = [...(store.data.tables.get(`next ${plan.into}`)?.rows.values() ?? [])]
          return Effect.tap(sink.begin(plan, options), (run) => add(store, run, left))
        }),
    }),
    breaks: ["whole: a run that is cut anywhere"],
  },
  {
    name: "lets a run write that another one overtook",
    change: runsAs((run) => ({
      apply: (batch) =>
        Effect.catchIf(
          run.apply(batch),
          ({ code }) => code === "lease-lost",
          () => Effect.void,
        ),
    })),
    breaks: ["whole: a run that another one overtook"],
  },
  {
    name: "takes all rows that are set aside for one",
    change: applies((batch) => ({ ...batch, rejects: batch.rejects.slice(0, 1) })),
    breaks: ["whole: rows of it that are set aside"],
  },
  {
    name: "reads NULL back as an empty text",
    change: runsAs(({ replica }) => ({
      replica: {
        ...replica,
        rows: (after, limit) =>
          Effect.map(replica.rows(after, limit), (page) => ({
            ...page,
            rows: page.rows.map((row) => row.map((value) => value ?? "")),
          })),
      },
    })),
    breaks: ["whole: reading it back"],
  },
]

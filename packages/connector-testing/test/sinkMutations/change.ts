import type { Batch, Findings, Plan, Replica, SinkRun, SinkShape } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import type { Change } from "../toySink/sink.ts"
import type { Meta, ToyStore } from "../toySink/store.ts"

/** What is done to a correct sink, and the checks that must fail for it. */
export interface SinkMutation {
  readonly name: string
  readonly change: Change
  readonly breaks: ReadonlyArray<string>
}

/** A sink whose runs are others. */
export const runs =
  (change: (run: SinkRun, plan: Plan, store: ToyStore) => SinkRun): Change =>
  (sink, store) => ({
    ...sink,
    begin: (plan, options) => Effect.map(sink.begin(plan, options), (run) => change(run, plan, store)),
  })

/** A sink whose runs ask the replica otherwise. */
export const replicas = (change: (replica: Replica) => Partial<Replica>): Change =>
  runs((run) => ({ ...run, replica: { ...run.replica, ...change(run.replica) } }))

/** A sink whose runs keep what comparisons find otherwise. */
export const findings = (change: (findings: Findings) => Partial<Findings>): Change =>
  runs((run) => ({ ...run, findings: { ...run.findings, ...change(run.findings) } }))

/** A sink that is given other batches. */
export const batches = (change: (batch: Batch, plan: Plan) => Batch): Change =>
  runs((run, plan) => ({ ...run, apply: (batch) => run.apply(change(batch, plan)) }))

/** A sink that changes what it knows of a table before something is asked of it. */
export const before =
  (method: "begin" | "setPaused" | "reset", change: (meta: Meta) => void): Change =>
  (sink, store) => {
    const spoil = Effect.sync(() => store.data.metas.forEach(change))
    const { begin, setPaused, reset } = sink
    const spoilt: Partial<SinkShape> = {
      begin: (plan, options) => Effect.andThen(spoil, begin(plan, options)),
      setPaused: (into, paused) => Effect.andThen(spoil, setPaused(into, paused)),
      reset: (into) => Effect.andThen(spoil, reset(into)),
    }
    return { ...sink, [method]: spoilt[method] }
  }

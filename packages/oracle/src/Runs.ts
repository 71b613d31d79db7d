import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type TableResult } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { documentOf, into } from "./Config.ts"
import type { FakeClock } from "./FakeClock.ts"
import type { Run } from "./History.ts"
import { maskSecret } from "./Masks.ts"
import { passSource } from "./PassedSource.ts"
import { makePort } from "./Port.ts"
import type { Shape } from "./Shape.ts"
import type { Subject, SubjectTable } from "./Subject.ts"
import type { Turns } from "./Turns.ts"
import type { WorkerdObject } from "./Workerd.ts"

/** Where the runs of a history take place. */
export interface Place {
  readonly subject: Subject
  readonly table: SubjectTable
  readonly shape: Shape
  readonly object: WorkerdObject
  readonly turns: Turns
  readonly clock: FakeClock
}

/** How a run ended; one that could not reach the replica, or found nothing due, tells no more than that. */
export type RunEnd = Pick<TableResult, "error"> & Partial<TableResult> & { readonly wasDue?: boolean }

/** Starts a run; its calls wait for their turns. */
export const startRun = (place: Place, id: number, { how, millis, rows, faults }: Run): Promise<RunEnd> => {
  const { subject, table, shape, turns } = place
  const sinkFaults = new Map(faults.flatMap((fault) => ("sink" in fault ? [[fault.at, fault.sink]] : [])))
  const sourceFaults = new Map(faults.flatMap((fault) => ("source" in fault ? [[fault.at, fault.source]] : [])))
  const isPatient = ![...sourceFaults.values()].some(({ kind }) => kind === "lock")
  const port = makePort(place.object.execute, turns, id, (call) => sinkFaults.get(call))
  return Effect.gen(function* () {
    const { sources, ...config } = yield* decodeConfig(documentOf(shape, table, isPatient), {
      connectors: [subject.connector],
      secrets: (name) => (name === maskSecret.name ? maskSecret.value : subject.secrets[name]),
    })
    const passed = new Map(
      Array.from(sources, ([name, inner]) => [
        name,
        passSource(inner, turns, id, (call) => sourceFaults.get(call), table.faults),
      ]),
    )
    const {
      tables: [result],
    } = yield* replicate(
      { ...config, sources: passed },
      {
        select: how === "tick" ? "due" : { into: [into] },
        claim: how !== "tick",
        budget: { millis, rows, bytes: Number.POSITIVE_INFINITY, queries: Number.POSITIVE_INFINITY },
        refresh: how === "refresh",
        ...(how === "verify" || how === "repair" ? { verify: { repair: how === "repair" } } : {}),
      },
    )
    return result ?? { error: undefined, more: false, wasDue: false }
  }).pipe(
    Effect.catch((error) => Effect.succeed({ error: error.describe() })),
    Effect.provide(layer(port)),
    Effect.provideService(Clock.Clock, place.clock),
    Effect.runPromise,
  )
}

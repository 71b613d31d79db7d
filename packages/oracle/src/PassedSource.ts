import { type ConnectorError, mapQueries, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SourceFault } from "./Faults.ts"
import type { Turns } from "./Turns.ts"

/** What brings a fault about, and takes it back. */
export interface FaultMaker {
  readonly begin: (fault: SourceFault) => Promise<void>
  readonly end: (fault: SourceFault) => Promise<void>
}

/** A source whose calls wait for their turns and meet the faults that the history has for them. */
export const passSource = (
  inner: Layer.Layer<Source, ConnectorError>,
  turns: Turns,
  run: number,
  faultAt: (call: number) => SourceFault | undefined,
  maker: FaultMaker,
): Layer.Layer<Source, ConnectorError> => {
  let calls = 0
  const enter = (what: string) => Effect.promise((signal) => turns.enter({ run, side: "source", what }, signal))
  const faulty = <A>(fault: SourceFault, effect: Effect.Effect<A, ConnectorError>) =>
    Effect.acquireUseRelease(
      Effect.promise(() => maker.begin(fault)),
      () => effect,
      () => Effect.promise(() => maker.end(fault)),
    )
  const pass = <A>(effect: Effect.Effect<A, ConnectorError>, what: string): Effect.Effect<A, ConnectorError> =>
    Effect.suspend(() => {
      const fault = faultAt(calls++)
      const turn = Effect.flatMap(enter(what), (leave) =>
        Effect.ensuring(
          fault === undefined || fault.kind === "stall" ? effect : faulty(fault, effect),
          Effect.sync(leave),
        ),
      )
      if (fault?.kind !== "stall") return turn
      return Effect.flatMap(enter(what), (leave) => {
        turns.hold(run)
        leave()
        return turn
      })
    })
  return Layer.effect(
    Source,
    Effect.map(Source, (source) => mapQueries(source, pass)),
  ).pipe(Layer.provide(inner))
}

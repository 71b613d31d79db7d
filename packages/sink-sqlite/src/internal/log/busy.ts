import { ConnectorError } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"

/** The failure of a run whose log another one has. */
export const logIsBusy = (source: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "busy", message: `A run that reads the log of "${source}" is under way.` }))

import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"

/** What stands in place of what you will write. Delete this file with its last use. */
export const notWritten = (what: string): Effect.Effect<never, ConnectorError> =>
  Effect.fail(new ConnectorError({ code: "unsupported", message: `not written yet: ${what}` }))

import type { ConnectorError } from "@starbase-replication/core/source"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { notWritten } from "./notWritten.ts"

/** Where to connect; times in milliseconds. */
export interface Target {
  readonly url: Redacted.Redacted
  readonly timeout: number
}

/** One question to the server. */
export interface Statement {
  readonly text: string
  readonly values: ReadonlyArray<string>
}

/** The connection of one run. */
export interface Client {
  readonly ask: (statement: Statement) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, ConnectorError>
}

/**
 * The one file that imports the driver. Connects when it is first asked. Once there is something to close, give it to
 * the scope with `Effect.acquireRelease`; turn what the driver throws into errors with `toConnectorError`.
 */
export const makeClient = (_target: Target): Client => ({
  ask: () => notWritten("Client.ask in src/internal/client.ts"),
})

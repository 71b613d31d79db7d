import { type ConnectorError, type Secrets, Source, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeClient } from "./internal/client.ts"
import { notWritten } from "./internal/notWritten.ts"
import type { Settings } from "./Settings.ts"

/** Opens a source for one run: it connects when it is first used and closes with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.sync(() => {
      const client = makeClient({ url: secrets(settings.url), timeout: toMillis(settings.timeout ?? "30 seconds") })
      return Source.of({
        list: () => Effect.andThen(client.ask({ text: "", values: [] }), notWritten("Source.list in src/Source.ts")),
        describe: () => notWritten("Source.describe in src/Source.ts"),
        read: () => notWritten("Source.read in src/Source.ts"),
        lookup: () => notWritten("Source.lookup in src/Source.ts"),
        highest: () => notWritten("Source.highest in src/Source.ts"),
      })
    }),
  )

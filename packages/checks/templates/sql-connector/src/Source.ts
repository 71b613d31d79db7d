import { type ConnectorError, type Secrets, Source } from "@starbase-replication/core/source"
import { makeAddress, makeSqlSource } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { open } from "./internal/client.ts"
import { dialect } from "./internal/sql.ts"
import { addressForm, type Settings } from "./Settings.ts"

/** Opens a source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const { ask } = yield* open(yield* makeAddress(addressForm, settings, secrets))
      return makeSqlSource({
        dialect,
        catalog: makeCatalog((statement) =>
          Effect.map(ask({ statement, types: [], maxBytes: Infinity }), ({ rows }) => rows),
        ),
        ask: ({ statement, columns, maxBytes }) =>
          ask({ statement, types: columns.map(({ sourceType }) => sourceType), maxBytes }),
      })
    }),
  )

import { type ConnectorError, formatTableName, type Secrets, Source } from "@starbase-replication/core/source"
import { makeSqlSource } from "@starbase-replication/sql-source"
import { answering, makeCatalog, splitKeys, toAnswer } from "@starbase-replication/sqlite-values"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeClient } from "./internal/client.ts"
import { proveAbsence } from "./internal/rowSecurity.ts"
import { dialect } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import { readValue } from "./internal/values.ts"
import type { Settings } from "./Settings.ts"

/** Opens an instance for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const client = makeClient(yield* makeTarget(settings, secrets))
      const absence = yield* Effect.cached(proveAbsence(client, settings))

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog(client.query, settings.types),
        ask: (question) =>
          answering(client.query, question, client.query(question.statement), (rows) =>
            toAnswer(question, rows, readValue),
          ),
      })
      return {
        ...source,
        // What a policy hides would be gone from the replica.
        readWhole: (request) =>
          Effect.andThen(
            Effect.mapError(absence, (error) => error.at({ table: formatTableName(request.table.name) })),
            source.readWhole(request),
          ),
        lookup: (request) =>
          Effect.gen(function* () {
            const rows = (yield* Effect.forEach(splitKeys(request), source.lookup)).flat()
            const { name } = request.table
            if (rows.length < request.keys.length) {
              yield* Effect.mapError(absence, (error) => error.at({ table: formatTableName(name) }))
            }
            return rows
          }),
      }
    }),
  )

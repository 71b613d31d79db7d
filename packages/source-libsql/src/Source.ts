import {
  type ConnectorError,
  formatTableName,
  type LookupRequest,
  type Reading,
  type Row,
  type Secrets,
  Source,
  tooLarge,
} from "@starbase-replication/core/source"
import { makeSqlSource } from "@starbase-replication/sql-source"
import { answering, makeCatalog, splitKeys, toAnswer } from "@starbase-replication/sqlite-values"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeQuery } from "./internal/client.ts"
import { isTooLarge } from "./internal/errors.ts"
import { dialect } from "./internal/sql.ts"
import { makeTarget } from "./internal/target.ts"
import { readValue } from "./internal/values.ts"
import type { Settings } from "./Settings.ts"

/** Opens a database for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const query = makeQuery(yield* makeTarget(settings, secrets))
      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog(query, settings.types),
        ask: (question) =>
          answering(query, question, query(question.statement), (rows) => toAnswer(question, rows, readValue)),
      })
      const lookup = (request: LookupRequest): Effect.Effect<ReadonlyArray<Row>, ConnectorError> =>
        Effect.catchIf(
          source.lookup(request),
          (error) => request.keys.length > 1 && isTooLarge(error),
          () => inParts(halves(request)),
        )
      const inParts = (parts: ReadonlyArray<LookupRequest>) =>
        Effect.map(Effect.forEach(parts, lookup), (found) => found.flat())
      const readWhole: (typeof source)["readWhole"] = (request) =>
        Effect.map(source.readWhole(request), ({ next }): Reading => ({
          next: Effect.mapError(next, (error) =>
            isTooLarge(error)
              ? tooLarge(request.table, {
                  found: "is more than the server sends at once",
                  raise: "start sqld with a larger --max-response-size",
                }).at({ table: formatTableName(request.table.name) })
              : error,
          ),
        }))
      return { ...source, readWhole, lookup: (request) => inParts(splitKeys(request)) }
    }),
  )

/** Nobody knows how wide the rows are that a look-up finds, and an answer is bounded. */
const halves = (request: LookupRequest): ReadonlyArray<LookupRequest> => {
  const half = request.keys.length >> 1
  return [request.keys.slice(0, half), request.keys.slice(half)].map((keys) => ({ ...request, keys }))
}

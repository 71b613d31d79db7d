import { type Column, type ConnectorError, type Secrets, Source } from "@starbase-replication/core/source"
import { arrayInOrder } from "@starbase-replication/postgres-values"
import { makeAddress, makeSqlSource, noticesOf } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { typesSent } from "./internal/discovery.ts"
import { open } from "./internal/driver/open.ts"
import { dialect, operatorSchemas, pinStatement } from "./internal/sql.ts"
import { toCanonical } from "./internal/values.ts"
import { addressForm, type Settings } from "./Settings.ts"

/** Opens a PostgreSQL source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const address = yield* makeAddress(addressForm, settings, secrets)
      const { ask } = yield* open(address)
      const systemPin = pinStatement(address.statementTimeout, "system")

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog(settings.schema ?? "public", (statement) =>
          Effect.map(
            ask({ ...statement, pin: systemPin }, { converts: [], types: [], maxBytes: Infinity }),
            ({ rows }) => rows,
          ),
        ),
        refusal: arrayInOrder,
        ask: ({ statement, table, columns, where, by, maxBytes }) => {
          const added = operatorSchemas(table, [...by, ...where.map(({ column }) => column)])
          const pin = pinStatement(address.statementTimeout, { added })
          return ask(
            { ...statement, pin },
            { converts: convertsOf(columns), types: typesSent(table, columns), maxBytes },
          )
        },
      })
      return { ...source, notices: noticesOf(address) }
    }),
  )

const convertsOf = (columns: ReadonlyArray<Column>) =>
  columns.flatMap(({ sourceType }, place) => {
    const convert = toCanonical(sourceType)
    return convert === undefined ? [] : [[place, convert] as const]
  })

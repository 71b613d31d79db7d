import {
  type Column,
  type ConnectorError,
  type Secrets,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import { makeAddress, makeSqlSource, noticesOf, type Question, type Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { open } from "./internal/driver/open.ts"
import { ofPosition } from "./internal/errors.ts"
import { makeLog } from "./internal/log/log.ts"
import { pinStatement } from "./internal/pin.ts"
import { refusal } from "./internal/refusal.ts"
import { dialect, isMoney, operatorSchemas } from "./internal/sql.ts"
import { traitsOf } from "./internal/traits.ts"
import { toCanonical } from "./internal/values.ts"
import { readByCursor } from "./internal/whole.ts"
import { addressForm, type Settings } from "./Settings.ts"

/** Opens a PostgreSQL source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const address = yield* makeAddress(addressForm, settings, secrets)
      const { ask, askMany, stream, hold } = yield* open(address)
      const { statementTimeout } = address
      const rowSecurity = settings.rowSecurity ?? "refuse"
      const systemPin = pinStatement({ statementTimeout, rowSecurity, path: "system", readsMoney: false })

      const toQuestion = ({ statement, table, columns, where, by, maxBytes }: Question) => {
        const compared = [...by, ...where.map(({ column }) => column)]
        const pin = pinStatement({
          statementTimeout,
          rowSecurity,
          path: {
            added: operatorSchemas(table, compared),
            // What is called in reading a view, or in a policy, looks for names where its session does.
            session: table.kind === "view" || rowSecurity === "accept",
          },
          readsMoney: columns.some(({ sourceType }) => isMoney(sourceType)),
        })
        const take = {
          converts: convertsOf(table, columns),
          types: typesSent(table, columns),
          table: columns.map(({ name }) => traitsOf(table, name)?.table).find((id) => id !== undefined),
          bounds: by.map((name) => columns.findIndex((column) => column.name === name)),
          maxBytes,
        }
        return { statement: { ...statement, pin }, take }
      }

      const askTexts = (statement: Statement) =>
        Effect.map(
          ask({ ...statement, pin: systemPin }, { converts: [], types: [], bounds: [], maxBytes: Infinity }),
          ({ rows }) => rows,
        )
      const ofQuestion = (question: Question) => (error: ConnectorError) =>
        // A filter without a value may be core's own, of a key or cursor that may be NULL.
        question.where.every(({ op }) => op === "isNull" || op === "isNotNull") ? ofPosition(error) : error

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog(settings.schema ?? "public", askTexts),
        refusal,
        ask: (question) => {
          const { statement, take } = toQuestion(question)
          return Effect.mapError(ask(statement, take), ofQuestion(question))
        },
        readWhole: (question, request) => readByCursor(hold, toQuestion(question), request),
        // Whether Hyperdrive takes many statements at once is not known.
        ...(address.host.endsWith(".hyperdrive.local")
          ? {}
          : { askMany: (questions) => askMany(questions.map(toQuestion)) }),
      })
      const log = settings.log && makeLog(settings.log, { askTexts, stream, pin: systemPin })
      return { ...source, notices: noticesOf(address), ...(log === undefined ? {} : { log }) }
    }),
  )

const convertsOf = (table: TableSchema, columns: ReadonlyArray<Column>) =>
  columns.flatMap(({ name, sourceType }, place) => {
    const convert = toCanonical(sourceType, traitsOf(table, name)?.delimiter ?? undefined)
    return convert === undefined ? [] : [[place, convert] as const]
  })

/**
 * The ids of the types as which columns were sent when their table was described: another one in an answer tells that
 * the table has changed since. Undefined where it is not known.
 */
const typesSent = (table: TableSchema, columns: ReadonlyArray<Column>): ReadonlyArray<number | undefined> =>
  columns.map(({ name, sourceType }) => (isMoney(sourceType) ? undefined : traitsOf(table, name)?.sent))

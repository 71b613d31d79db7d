import {
  type ConnectorError,
  type LookupRequest,
  type Row,
  type Secrets,
  Source,
} from "@starbase-replication/core/source"
import { isHyperdrive, makeAddress, makeSqlSource, noticesOf } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeCatalog } from "./internal/catalog.ts"
import { open, openDump } from "./internal/driver/open.ts"
import { makeLog } from "./internal/log/log.ts"
import { refusal } from "./internal/refusal.ts"
import { dialect, packetStatement } from "./internal/sql.ts"
import { plain, toCanonical } from "./internal/values.ts"
import { addressForm, type Settings } from "./Settings.ts"

/** How long the statement of a look-up may be, in bytes: more would only be more memory. */
const maxLookup = 1_000_000

/** Opens a MySQL or MariaDB source for one run: one connection, made when it is first needed, closed with the scope. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.gen(function* () {
      const address = yield* makeAddress(addressForm, settings, secrets)
      const { ask, flow } = yield* open(address)
      const { tinyint1 = "integer" } = settings

      const source = makeSqlSource({
        dialect,
        catalog: makeCatalog({ database: address.database, tinyint1 }, (statement, columns) =>
          ask(statement, { converts: Array.from({ length: columns }, () => plain), maxBytes: Infinity }),
        ),
        refusal,
        maxStatement: Effect.map(
          ask(packetStatement, { converts: [plain], maxBytes: Infinity }),
          // The statement is not all of the packet.
          ({ rows: [row] }) => Math.min(Number(row?.[0] ?? maxLookup) / 2, maxLookup),
        ),
        ask: ({ statement, columns, maxBytes }) =>
          ask(statement.text, { converts: columns.map(toCanonical), maxBytes }),
        // One statement sees what was committed when it began, and of tables without transactions what nobody changes then.
        readWhole: ({ statement, columns }, { pageRows, pageBytes }) =>
          flow({ statement: statement.text, converts: columns.map(toCanonical), pageRows, pageBytes }),
      })
      const texts = (columns: number) => ({
        converts: Array.from({ length: columns }, () => plain),
        maxBytes: Infinity,
      })
      const log =
        settings.log &&
        makeLog(settings.log, {
          askTexts: (statement, columns) => Effect.map(ask(statement, texts(columns)), ({ rows }) => rows),
          openDump: openDump(address),
          user: address.user,
          database: address.database,
          isPooled: isHyperdrive(address.host),
        })
      return {
        ...source,
        ...(log === undefined ? {} : { log }),
        notices: noticesOf(address),
        lookup: (request) => Effect.map(source.lookup(request), (rows) => spelledAlike(request, rows)),
      }
    }),
  )

/** Only the rows whose keys are spelled as asked: a collation may find others. */
const spelledAlike = ({ columns, key, keys }: LookupRequest, rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const places = key.map((name) => columns.findIndex((column) => column.name === name))
  const wanted = new Set(keys.map((values) => JSON.stringify(values)))
  return rows.filter((row) => wanted.has(JSON.stringify(places.map((place) => row[place]))))
}

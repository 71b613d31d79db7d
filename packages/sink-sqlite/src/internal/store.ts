import * as Effect from "effect/Effect"
import { columnsOf, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { createFence } from "./fence.ts"
import { find, type Found } from "./found.ts"
import { literal } from "./quote.ts"
import { createHistory, stateTables } from "./stateTables.ts"
import { ConnectorError } from "@starbase-replication/core/sink"

/**
 * The version of all that the sink keeps of itself in a database, but for the JSON in it, whose forms have versions of
 * their own. A release that changes it counts it up, brings the stores of the versions before to it in {@link open}, and
 * adds one of its own to `test/stores`.
 */
export const storeVersion = 1

/** Makes the view that says of which version a store is: what is there is known by one look at the schema. */
const createMark = `CREATE VIEW IF NOT EXISTS tmp_replication_store AS SELECT ${storeVersion} AS version`

const created = columnsOf({ name: text, sql: text })

/**
 * Makes the sink's own tables where they are missing, as after a making that was cut short. The mark comes last: a store
 * that has it is whole.
 */
export const makeStore = Effect.fnUntraced(function* (database: Database): Effect.fn.Return<void, ConnectorError> {
  const names = Object.keys(stateTables).map(literal).join(", ")
  const rows = yield* database.query(
    `SELECT ${created.select} FROM sqlite_master WHERE type = 'table' AND name IN (${names})`,
  )
  for (const { name, sql } of yield* created.decode(rows)) {
    if (sql !== `CREATE TABLE ${name} ${stateTables[name]}`) return yield* unknown(`its table ${name} is another one`)
  }
  const tables = Object.entries(stateTables).map(([name, columns]) => `CREATE TABLE IF NOT EXISTS ${name} ${columns};`)
  yield* database.query([...tables, createHistory, createFence, createMark].join("\n"))
})

/** Whether the sink's own tables are there, which are then of the form that this release knows. */
export const open = (database: Database, { hasTables, mark }: Found): Effect.Effect<boolean, ConnectorError> =>
  Effect.gen(function* () {
    if (mark === undefined) {
      if (hasTables) yield* makeStore(database)
      return hasTables
    }
    const version = /AS SELECT (\d+) AS version$/.exec(mark)?.[1]
    if (version === String(storeVersion)) return true
    return yield* unknown(`it is of version ${version}, and this release knows version ${storeVersion}`)
  })

/** Looks the store up and opens it, where it is there. */
export const openStore = (database: Database): Effect.Effect<boolean, ConnectorError> =>
  Effect.flatMap(find(database, "", ""), (found) => open(database, found))

const unknown = (why: string) =>
  Effect.fail(
    new ConnectorError({
      code: "store-unknown",
      message: `The replica's database was used by another release: ${why}. It is left as it is.`,
    }),
  )

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Execute } from "./Execute.ts"
import { columnsOf, flag, given, integer, json, maybe, text } from "./internal/columns.ts"
import { type Database, makeDatabase } from "./internal/database.ts"
import { openStore } from "./internal/store.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

/** What an operator did to a table, and when, in milliseconds since 1970. */
export interface OperatorEvent {
  readonly table: string
  readonly event: string
  readonly at: number
}

/** A row that was set aside because the replica cannot hold it. */
export interface RejectedRow {
  readonly table: string
  /** The values of the key, in canonical text. */
  readonly key: ReadonlyArray<string | null>
  readonly column: string | undefined
  readonly reason: string
  readonly at: number
}

/** A row that differed in the last verification. */
export interface DifferingRow {
  readonly table: string
  readonly key: ReadonlyArray<string | null>
  readonly kind: "missing" | "differs" | "extra"
}

/** Rows that the platform bills. */
export interface Billed {
  readonly read: number
  readonly written: number
}

/** Of all tables, or of one. */
export interface JournalQuery {
  readonly table: string | undefined
  readonly limit: number
}

/** What is kept for those who look after the replica, and decides nothing about it. */
export interface Journal {
  /** Notes what an operator did; the last 1000 are kept. */
  readonly note: (table: string, event: string) => Effect.Effect<void, ConnectorError>
  /** The newest first. */
  readonly events: (query: JournalQuery) => Effect.Effect<ReadonlyArray<OperatorEvent>, ConnectorError>
  /** The newest first. */
  readonly rejects: (query: JournalQuery) => Effect.Effect<ReadonlyArray<RejectedRow>, ConnectorError>
  readonly differences: (query: JournalQuery) => Effect.Effect<ReadonlyArray<DifferingRow>, ConnectorError>
  /** Adds to what was billed on a day, `YYYY-MM-DD` in UTC; the last 31 days are kept. */
  readonly addBilled: (day: string, billed: Billed) => Effect.Effect<void, ConnectorError>
  readonly billed: (day: string) => Effect.Effect<Billed, ConnectorError>
}

/**
 * Tables of their own, made when there is first something to put into them: the store's version is not about them, and a
 * release that does not know them leaves them alone.
 */
const createEvents = `CREATE TABLE IF NOT EXISTS tmp_replication_events (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL)`
const createBilled = `CREATE TABLE IF NOT EXISTS tmp_replication_billed (
  day TEXT PRIMARY KEY, read INTEGER NOT NULL, written INTEGER NOT NULL) WITHOUT ROWID`

const keptEvents = 1000
const keptDays = 31

const Key = json(Schema.Array(Schema.NullOr(Schema.String)))
const event = columnsOf({ name: text, event: text, at: integer })
const reject = columnsOf({ name: text, key: Key, columnName: maybe(text), reason: text, at: integer })
const difference = columnsOf({ name: text, key: Key, kind: text })
const billing = columnsOf({ read: integer, written: integer })
const there = columnsOf({ isThere: given("count(*) > 0", flag) })

const isTable = (database: Database, name: string) =>
  database.query(`SELECT ${there.select} FROM sqlite_master WHERE type = 'table' AND name = ?`, name).pipe(
    Effect.flatMap(there.decode),
    Effect.map(([row]) => row?.isThere === true),
  )

const wanted = "WHERE ?1 IS NULL OR name = ?1"
const limited = "LIMIT CAST(?2 AS INTEGER)"

/** The journal of a database. */
export const journal = (execute: Execute): Journal => {
  const database = makeDatabase(execute)
  const { query } = database
  return {
    note: Effect.fnUntraced(function* (table, what) {
      yield* query(createEvents)
      const at = yield* Clock.currentTimeMillis
      yield* query(
        `INSERT INTO tmp_replication_events (name, event, at) VALUES (?, ?, CAST(? AS INTEGER))`,
        table,
        what,
        at,
      )
      yield* query(
        `DELETE FROM tmp_replication_events WHERE id <= (SELECT max(id) FROM tmp_replication_events) - ${keptEvents}`,
      )
    }),

    events: Effect.fnUntraced(function* ({ table, limit }) {
      if (!(yield* isTable(database, "tmp_replication_events"))) return []
      const rows = yield* query(
        `SELECT ${event.select} FROM tmp_replication_events ${wanted} ORDER BY id DESC ${limited}`,
        table ?? null,
        limit,
      )
      return (yield* event.decode(rows)).map(({ name, ...rest }) => ({ table: name, ...rest }))
    }),

    rejects: Effect.fnUntraced(function* ({ table, limit }) {
      if (!(yield* openStore(database))) return []
      const rows = yield* query(
        `SELECT ${reject.select} FROM tmp_replication_rejects ${wanted} ORDER BY at DESC, name, key ${limited}`,
        table ?? null,
        limit,
      )
      return (yield* reject.decode(rows)).map(({ name, columnName, ...rest }) => ({
        table: name,
        column: columnName,
        ...rest,
      }))
    }),

    differences: Effect.fnUntraced(function* ({ table, limit }) {
      if (!(yield* openStore(database))) return []
      const rows = yield* query(
        `SELECT ${difference.select} FROM tmp_replication_differences ${wanted} ORDER BY name, key ${limited}`,
        table ?? null,
        limit,
      )
      return (yield* difference.decode(rows)).map(({ name, key, kind }) => ({
        table: name,
        key,
        kind: kind === "missing" || kind === "extra" ? kind : "differs",
      }))
    }),

    addBilled: Effect.fnUntraced(function* (day, { read, written }) {
      yield* query(createBilled)
      yield* query(
        `INSERT INTO tmp_replication_billed AS b (day, read, written) VALUES (?, CAST(? AS INTEGER), CAST(? AS INTEGER))
          ON CONFLICT (day) DO UPDATE SET read = b.read + excluded.read, written = b.written + excluded.written`,
        day,
        read,
        written,
      )
      yield* query(`DELETE FROM tmp_replication_billed WHERE day < date(?, '-${keptDays} days')`, day)
    }),

    billed: Effect.fnUntraced(function* (day) {
      if (!(yield* isTable(database, "tmp_replication_billed"))) return { read: 0, written: 0 }
      const rows = yield* query(`SELECT ${billing.select} FROM tmp_replication_billed WHERE day = ?`, day)
      return (yield* billing.decode(rows))[0] ?? { read: 0, written: 0 }
    }),
  }
}

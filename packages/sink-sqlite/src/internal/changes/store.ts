import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, integer, json, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { literal } from "../quote.ts"
import { triggersThere } from "./there.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

/**
 * The log of changes and what is known of it. `packages/hub` reads the entries and the view.
 *
 * An entry says that under `seq` something about a row changed for a tenant, and nothing of its values: they are read when
 * somebody asks. Entries are written under the hub's own `seq`, the open one, by the triggers of the tables that are fed; whoever
 * reads closes it, so that all up to it is final. `tenant` is empty for a table that everybody gets, else `t` and the tenant's
 * name, or `n` for a row that belongs to nobody. `fed` has one row for each table, which counts only while its triggers
 * are there as `triggers` says.
 */
const tables: Readonly<Record<string, string>> = {
  tmp_replication_hub: `(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  trimmed INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  marks TEXT NOT NULL
)`,
  tmp_replication_changes: `(
  tenant TEXT NOT NULL,
  seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (tenant, seq, name, key)
) WITHOUT ROWID`,
  tmp_replication_fed: `(
  name TEXT PRIMARY KEY,
  generation TEXT NOT NULL,
  described TEXT NOT NULL,
  triggers TEXT NOT NULL
) WITHOUT ROWID`,
}

/**
 * What `packages/hub` reads of the log beside its entries: where it stands, with each table that is fed, or without one where
 * none is.
 */
const view = `CREATE VIEW tmp_replication_feed AS SELECT h.epoch, h.seq, h.trimmed, f.name, f.generation, f.described
  FROM tmp_replication_hub AS h LEFT JOIN tmp_replication_fed AS f ON f.triggers = ${triggersThere("f.name")}`

const statements = new Map([
  ...Object.entries(tables).map(([name, columns]) => [name, `CREATE TABLE ${name} ${columns}`] as const),
  ["tmp_replication_feed", view] as const,
])

const names = [...statements.keys()]

/** The condition that there is a log, or was one. */
export const hasHub = `EXISTS (SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name IN (${names.map(literal).join(", ")}))`

/** The moments up to which changes were under which seq. */
const Marks = Schema.Array(Schema.Tuple([Schema.Number, Schema.Number]))
export type Marks = typeof Marks.Type

export const hubRow = columnsOf({
  epoch: text,
  seq: integer,
  trimmed: integer,
  entries: integer,
  marks: json(Marks),
})

const made = columnsOf({ name: text, sql: text })

/** A text that nobody has seen yet. */
export const drawn = (): string => crypto.randomUUID().replaceAll("-", "").slice(0, 20)

/** Statements after which there is no log; the triggers that write it must be gone. */
export const dropHub = [
  "DROP VIEW IF EXISTS tmp_replication_feed",
  ...Object.keys(tables).map((name) => `DROP TABLE IF EXISTS ${name}`),
]

/** Makes the log where it is not whole: with another epoch, so that nobody goes on where it was. */
export const makeHub = Effect.fnUntraced(function* (database: Database): Effect.fn.Return<void, ConnectorError> {
  const there = yield* made.decode(
    yield* database.query(
      `SELECT ${made.select} FROM sqlite_master WHERE type IN ('table', 'view') AND name IN (${names.map(literal).join(", ")})`,
    ),
  )
  const isWhole = there.length === names.length && there.every(({ name, sql }) => sql === statements.get(name))
  if (isWhole && (yield* database.query("SELECT 1 FROM tmp_replication_hub")).length === 1) return
  yield* database.query(
    [
      ...dropHub,
      ...statements.values(),
      `INSERT INTO tmp_replication_hub (id, epoch, seq, trimmed, entries, marks) VALUES (1, ${literal(drawn())}, 1, 0, 0, '[]')`,
    ].join(";\n"),
  )
})

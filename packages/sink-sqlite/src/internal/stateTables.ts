/**
 * The sink's own tables, each with what follows its name where it is made; `storeVersion` is that of their form. All
 * times are milliseconds since 1970.
 *
 * `lease` is the token of the last run that changed the row, `lease_until` the time until which it holds the table, 0
 * once it has given it free. `read` to `more` are of the current or the last run.
 */
export const stateTables: Readonly<Record<string, string>> = {
  tmp_replication_tables: `(
  name TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  source_table TEXT NOT NULL,
  plan TEXT,
  position TEXT,
  next_plan TEXT,
  next_position TEXT,
  drift TEXT,
  lease TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  read INTEGER NOT NULL DEFAULT 0,
  written INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  pages INTEGER NOT NULL DEFAULT 0,
  more INTEGER NOT NULL DEFAULT 0,
  last_run_at INTEGER,
  last_ended_at INTEGER,
  last_success_at INTEGER,
  synced_at INTEGER,
  reconciliation TEXT,
  reconciled_at INTEGER,
  verification TEXT,
  verification_ended_at INTEGER,
  verified_at INTEGER,
  error TEXT,
  error_since INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  retry_at INTEGER,
  blocked_by TEXT,
  paused INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID`,
  tmp_replication_sources: `(
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  retry_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  error_since INTEGER NOT NULL
) WITHOUT ROWID`,
  tmp_replication_rejects: `(
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  column_name TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID`,
  tmp_replication_suspects: `(
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID`,
  tmp_replication_differences: `(
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID`,
  tmp_replication_ranges: `(
  name TEXT PRIMARY KEY,
  ranges TEXT NOT NULL
) WITHOUT ROWID`,
  tmp_replication_history: `(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  read INTEGER NOT NULL,
  written INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  more INTEGER NOT NULL,
  error TEXT
)`,
}

/** Appends to the history what a run that changed or failed noted as its end; the last 1000 entries are kept. */
export const createHistory = `
CREATE TRIGGER IF NOT EXISTS tmp_replication_history_append AFTER UPDATE OF last_ended_at ON tmp_replication_tables
WHEN NEW.written > 0 OR NEW.deleted > 0 OR NEW.rejected > 0 OR NEW.error IS NOT NULL OR OLD.error IS NOT NULL
BEGIN
  INSERT INTO tmp_replication_history
    (name, started_at, ended_at, read, written, deleted, rejected, pages, more, error)
  VALUES (NEW.name, NEW.last_run_at, NEW.last_ended_at, NEW.read, NEW.written, NEW.deleted, NEW.rejected, NEW.pages,
    NEW.more, NEW.error);
  DELETE FROM tmp_replication_history WHERE id <= (SELECT max(id) FROM tmp_replication_history) - 1000;
END;`

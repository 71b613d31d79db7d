/** Which replicas there are, and what was done with them, in the hub's database. */
export const makeRegistry = (sql: SqlStorage): void =>
  void sql.exec(`CREATE TABLE IF NOT EXISTS tmp_replication_fleet (
  name TEXT PRIMARY KEY,
  made INTEGER NOT NULL,
  is_live INTEGER NOT NULL,
  since INTEGER NOT NULL,
  todo TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  epoch TEXT,
  seq INTEGER,
  told_at INTEGER,
  error TEXT,
  error_at INTEGER
) WITHOUT ROWID`)

/** Whether there is anything of a name in the database, such as the registry. */
export const isThere = (sql: SqlStorage, name: string): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE name = ?", name).toArray().length > 0

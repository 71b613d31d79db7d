CREATE TABLE "comparing" (
  "id" INTEGER PRIMARY KEY,
  "name" TEXT,
  "at" TEXT
);
CREATE TABLE "items" (
  "id" INTEGER PRIMARY KEY,
  "name" TEXT,
  "at" TEXT
);
CREATE TABLE "rebuilding" (
  "id" INTEGER PRIMARY KEY,
  "name" TEXT,
  "at" TEXT
);
CREATE TABLE tmp_replication_differences (
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE TABLE tmp_replication_history (
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
);
CREATE TABLE "tmp_replication_next_rebuilding" (
  "id" INTEGER PRIMARY KEY,
  "name" TEXT,
  "at" TEXT
);
CREATE TABLE tmp_replication_ranges (
  name TEXT PRIMARY KEY,
  ranges TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE tmp_replication_rejects (
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  column_name TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE TABLE tmp_replication_sources (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  retry_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  error_since INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE tmp_replication_suspects (
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (name, key)
) WITHOUT ROWID;
CREATE TABLE tmp_replication_tables (
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
) WITHOUT ROWID;
INSERT INTO "comparing" VALUES (1, 'one', '2026-01-01T00:00:00.000000Z');
INSERT INTO "comparing" VALUES (2, 'two', '2026-01-01T00:00:00.000000Z');
INSERT INTO "items" VALUES (1, 'one', '2026-01-01T00:00:00.000000Z');
INSERT INTO "items" VALUES (2, 'two', '2026-01-01T00:00:00.000000Z');
INSERT INTO "rebuilding" VALUES (1, 'one', '2026-01-01T00:00:00.000000Z');
INSERT INTO "rebuilding" VALUES (2, 'two', '2026-01-01T00:00:00.000000Z');
INSERT INTO "tmp_replication_differences" VALUES ('comparing', '["2"]', 'extra');
INSERT INTO "tmp_replication_history" VALUES (1, 'items', 1767225600000, 1767225600000, 2, 2, 0, 1, 1, 0, NULL);
INSERT INTO "tmp_replication_history" VALUES (2, 'rebuilding', 1767225600000, 1767225600000, 2, 2, 0, 1, 1, 0, NULL);
INSERT INTO "tmp_replication_history" VALUES (3, 'comparing', 1767225600000, 1767225600000, 2, 2, 0, 1, 1, 0, NULL);
INSERT INTO "tmp_replication_history" VALUES (4, 'rebuilding', 1767225600000, 1767225600000, 2, 1, 0, 0, 1, 1, NULL);
INSERT INTO "tmp_replication_next_rebuilding" VALUES (1, 'anew', '2026-01-01T00:00:00.000000Z');
INSERT INTO "tmp_replication_ranges" VALUES ('comparing', '{"version":1,"of":"","list":[{"until":["1"],"count":1,"digest":"0123456789abcdef"},{"until":null,"count":1,"digest":null}],"walk":null}');
INSERT INTO "tmp_replication_rejects" VALUES ('comparing', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_rejects" VALUES ('items', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_rejects" VALUES ('rebuilding', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_sources" VALUES ('shop', 1, 7, '{"code":"unreachable","message":"no route","hint":"Check that the source is up and reachable from here, its host and its port.","retryable":true,"action":null,"source":"shop"}', 1767225600000);
INSERT INTO "tmp_replication_suspects" VALUES ('comparing', '["1"]');
INSERT INTO "tmp_replication_tables" VALUES ('comparing', 'shop', 'public.comparing', '{"version":1,"shape":{"source":"shop","table":"public.comparing","identity":"1","columns":[{"name":"id","type":"integer","sourceType":"integer","shape":"id, as it is"},{"name":"name","type":"text","sourceType":"text","shape":"name, as it is"},{"name":"at","type":"timestamptz","sourceType":"timestamptz","shape":"at, as it is"}],"filtering":[],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, NULL, NULL, 'token', 0, 2, 0, 0, 0, 1, 1, 1767225600000, 1767225600000, 1767225600000, 1767225600000, '{"version":1,"phase":"search","after":["1"],"startedAt":1,"rows":2,"suspects":1,"confirmed":false}', NULL, '{"version":1,"phase":"extra","after":["1"],"startedAt":1,"checked":2,"repair":false,"repaired":0}', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0);
INSERT INTO "tmp_replication_tables" VALUES ('items', 'shop', 'public.items', '{"version":1,"shape":{"source":"shop","table":"public.items","identity":"1","columns":[{"name":"id","type":"integer","sourceType":"integer","shape":"id, as it is"},{"name":"name","type":"text","sourceType":"text","shape":"name, as it is"},{"name":"at","type":"timestamptz","sourceType":"timestamptz","shape":"at, as it is"}],"filtering":[],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, NULL, '{"at":1767225600000,"changes":["column \"extra\" added"]}', 'token', 0, 2, 0, 0, 1, 1, 0, 1767225600000, 1767225600000, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1);
INSERT INTO "tmp_replication_tables" VALUES ('never', 'shop', 'public.never', NULL, NULL, NULL, NULL, NULL, '', 0, 0, 0, 0, 0, 0, 0, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"code":"unreachable","message":"no route","hint":"Check that the source is up and reachable from here, its host and its port.","retryable":true,"action":null,"source":"shop"}', 1767225600000, 1, 5, NULL, 0);
INSERT INTO "tmp_replication_tables" VALUES ('rebuilding', 'shop', 'public.rebuilding', '{"version":1,"shape":{"source":"shop","table":"public.rebuilding","identity":"1","columns":[{"name":"id","type":"integer","sourceType":"integer","shape":"id, as it is"},{"name":"name","type":"text","sourceType":"text","shape":"name, as it is"},{"name":"at","type":"timestamptz","sourceType":"timestamptz","shape":"at, as it is"}],"filtering":[],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', '{"version":1,"shape":{"source":"shop","table":"public.rebuilding","identity":"1","columns":[{"name":"id","type":"integer","sourceType":"integer","shape":"id, as it is"},{"name":"name","type":"text","sourceType":"text","shape":"name, as it is"},{"name":"at","type":"timestamptz","sourceType":"timestamptz","shape":"at, as it is"}],"filtering":[],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"scan","after":["1"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, 'token', 0, 2, 1, 0, 0, 1, 1, 1767225600000, 1767225600000, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0);
CREATE VIEW tmp_replication_fence AS SELECT NULL AS name, NULL AS token;
CREATE VIEW tmp_replication_store AS SELECT 1 AS version;
CREATE TRIGGER tmp_replication_fence INSTEAD OF INSERT ON tmp_replication_fence BEGIN
  SELECT RAISE(ABORT, 'tmp_replication: lease-lost') WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables t WHERE t.name = NEW.name AND t.lease = NEW.token);
END;
CREATE TRIGGER tmp_replication_history_append AFTER UPDATE OF last_ended_at ON tmp_replication_tables
WHEN NEW.written > 0 OR NEW.deleted > 0 OR NEW.rejected > 0 OR NEW.error IS NOT NULL OR OLD.error IS NOT NULL
BEGIN
  INSERT INTO tmp_replication_history
    (name, started_at, ended_at, read, written, deleted, rejected, pages, more, error)
  VALUES (NEW.name, NEW.last_run_at, NEW.last_ended_at, NEW.read, NEW.written, NEW.deleted, NEW.rejected, NEW.pages,
    NEW.more, NEW.error);
  DELETE FROM tmp_replication_history WHERE id <= (SELECT max(id) FROM tmp_replication_history) - 1000;
END;

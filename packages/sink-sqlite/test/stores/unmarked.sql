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
  mode TEXT NOT NULL DEFAULT 'full',
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
INSERT INTO "tmp_replication_history" VALUES (3, 'rebuilding', 1767225600000, 1767225600000, 2, 1, 0, 0, 1, 1, NULL);
INSERT INTO "tmp_replication_history" VALUES (4, 'comparing', 1767225600000, 1767225600000, 2, 2, 0, 1, 1, 0, NULL);
INSERT INTO "tmp_replication_next_rebuilding" VALUES (1, 'anew', '2026-01-01T00:00:00.000000Z');
INSERT INTO "tmp_replication_rejects" VALUES ('comparing', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_rejects" VALUES ('items', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_rejects" VALUES ('rebuilding', '["3"]', 'name', 'it does not fit', 1767225600000);
INSERT INTO "tmp_replication_sources" VALUES ('shop', 1, 7, '{"code":"unreachable","message":"no route","hint":"Check that the source is up and reachable from here, its host and its port.","retryable":true,"source":"shop"}', 1767225600000);
INSERT INTO "tmp_replication_suspects" VALUES ('comparing', '["1"]');
INSERT INTO "tmp_replication_tables" VALUES ('comparing', 'shop', 'public.comparing', 'incremental', '{"shape":{"source":"shop","table":"public.comparing","columns":[["id","integer"],["name","text"],["at","timestamptz"]],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, NULL, NULL, '410e2b07-2f51-4a43-835f-2d369925f6a3', 0, 2, 0, 0, 0, 1, 1, 1767225600000, 1767225600000, 1767225600000, 1767225600000, '{"version":1,"phase":"search","after":["1"],"startedAt":1,"rows":2,"suspects":1,"confirmed":false}', NULL, '{"version":1,"phase":"extra","after":["1"],"startedAt":1,"checked":2,"repair":false,"repaired":0}', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0);
INSERT INTO "tmp_replication_tables" VALUES ('items', 'shop', 'public.items', 'incremental', '{"shape":{"source":"shop","table":"public.items","columns":[["id","integer"],["name","text"],["at","timestamptz"]],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, NULL, NULL, '3784ba36-fe2b-4945-9c95-a62d0729d377', 0, 2, 0, 0, 0, 1, 0, 1767225600000, 1767225600000, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1);
INSERT INTO "tmp_replication_tables" VALUES ('never', 'shop', 'public.never', 'full', NULL, NULL, NULL, NULL, NULL, '', 0, 0, 0, 0, 0, 0, 0, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"code":"unreachable","message":"no route","hint":"Check that the source is up and reachable from here, its host and its port.","retryable":true,"source":"shop"}', 1767225600000, 1, 5, NULL, 0);
INSERT INTO "tmp_replication_tables" VALUES ('rebuilding', 'shop', 'public.rebuilding', 'incremental', '{"shape":{"source":"shop","table":"public.rebuilding","columns":[["id","integer"],["name","text"],["at","timestamptz"]],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"tail","after":["2026-01-01T00:00:00.000000Z","2"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', '{"shape":{"source":"shop","table":"public.rebuilding","columns":[["id","integer"],["name","text"],["at","timestamptz"]],"key":["id"],"where":[{"column":"name","op":"isNotNull"}],"cursor":"at"},"dropped":[]}', '{"version":1,"sweep":"scan","after":["1"],"trail":{"high":"2026-01-01T00:00:00.000000Z","marks":[{"from":null,"next":"7"}],"open":["5"]},"startedAt":5,"began":{"next":"9","open":["8"]}}', NULL, '4792e845-88ae-4f57-b42e-33caf38aed7e', 0, 2, 1, 0, 0, 1, 1, 1767225600000, 1767225600000, 1767225600000, 1767225600000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0);
CREATE VIEW "tmp_replication_apply_comparing" AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS position, NULL AS save;
CREATE VIEW "tmp_replication_apply_items" AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS position, NULL AS save;
CREATE VIEW "tmp_replication_apply_rebuilding" AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS position, NULL AS save;
CREATE VIEW "tmp_replication_applynext_rebuilding" AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS position, NULL AS save;
CREATE VIEW tmp_replication_fence AS SELECT NULL AS name, NULL AS token;
CREATE TRIGGER "tmp_replication_apply_comparing" INSTEAD OF INSERT ON "tmp_replication_apply_comparing" BEGIN
  SELECT RAISE(ABORT, 'tmp_replication: lease-lost') WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = 'comparing' AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO "comparing" ("id", "name", "at")
    SELECT value->>'$[0]', value->>'$[1]', value->>'$[2]' FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1) WHERE true
    ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "at" = excluded."at"
    WHERE ("comparing"."name", "comparing"."at") IS NOT (excluded."name", excluded."at");
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = iif(NEW.reconciliation IS NULL, reconciliation, nullif(NEW.reconciliation, 'complete')),
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), position = NEW.position
    WHERE name = 'comparing' AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND position IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM "comparing" WHERE ("id") IN (SELECT value->>'$[0]' FROM (SELECT value FROM json_each(NEW.deletes) LIMIT -1));
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = 'comparing' AND changes() > 0;
  DELETE FROM tmp_replication_suspects WHERE name = 'comparing' AND (
    NEW.reconciliation = 'complete' OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT 'comparing', value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = 'comparing'
    AND +key IN (SELECT json_array(value->>'$[0]') FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1));
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT 'comparing', value->>'$[0]', value->>'$[1]', value->>'$[2]', CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END;
CREATE TRIGGER "tmp_replication_apply_items" INSTEAD OF INSERT ON "tmp_replication_apply_items" BEGIN
  SELECT RAISE(ABORT, 'tmp_replication: lease-lost') WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = 'items' AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO "items" ("id", "name", "at")
    SELECT value->>'$[0]', value->>'$[1]', value->>'$[2]' FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1) WHERE true
    ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "at" = excluded."at"
    WHERE ("items"."name", "items"."at") IS NOT (excluded."name", excluded."at");
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = iif(NEW.reconciliation IS NULL, reconciliation, nullif(NEW.reconciliation, 'complete')),
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), position = NEW.position
    WHERE name = 'items' AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND position IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM "items" WHERE ("id") IN (SELECT value->>'$[0]' FROM (SELECT value FROM json_each(NEW.deletes) LIMIT -1));
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = 'items' AND changes() > 0;
  DELETE FROM tmp_replication_suspects WHERE name = 'items' AND (
    NEW.reconciliation = 'complete' OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT 'items', value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = 'items'
    AND +key IN (SELECT json_array(value->>'$[0]') FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1));
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT 'items', value->>'$[0]', value->>'$[1]', value->>'$[2]', CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END;
CREATE TRIGGER "tmp_replication_apply_rebuilding" INSTEAD OF INSERT ON "tmp_replication_apply_rebuilding" BEGIN
  SELECT RAISE(ABORT, 'tmp_replication: lease-lost') WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = 'rebuilding' AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO "rebuilding" ("id", "name", "at")
    SELECT value->>'$[0]', value->>'$[1]', value->>'$[2]' FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1) WHERE true
    ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "at" = excluded."at"
    WHERE ("rebuilding"."name", "rebuilding"."at") IS NOT (excluded."name", excluded."at");
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = iif(NEW.reconciliation IS NULL, reconciliation, nullif(NEW.reconciliation, 'complete')),
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), position = NEW.position
    WHERE name = 'rebuilding' AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND position IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM "rebuilding" WHERE ("id") IN (SELECT value->>'$[0]' FROM (SELECT value FROM json_each(NEW.deletes) LIMIT -1));
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = 'rebuilding' AND changes() > 0;
  DELETE FROM tmp_replication_suspects WHERE name = 'rebuilding' AND (
    NEW.reconciliation = 'complete' OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT 'rebuilding', value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = 'rebuilding'
    AND +key IN (SELECT json_array(value->>'$[0]') FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1));
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT 'rebuilding', value->>'$[0]', value->>'$[1]', value->>'$[2]', CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END;
CREATE TRIGGER "tmp_replication_applynext_rebuilding" INSTEAD OF INSERT ON "tmp_replication_applynext_rebuilding" BEGIN
  SELECT RAISE(ABORT, 'tmp_replication: lease-lost') WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = 'rebuilding' AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO "tmp_replication_next_rebuilding" ("id", "name", "at")
    SELECT value->>'$[0]', value->>'$[1]', value->>'$[2]' FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1) WHERE true
    ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name", "at" = excluded."at"
    WHERE ("tmp_replication_next_rebuilding"."name", "tmp_replication_next_rebuilding"."at") IS NOT (excluded."name", excluded."at");
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = iif(NEW.reconciliation IS NULL, reconciliation, nullif(NEW.reconciliation, 'complete')),
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), next_position = NEW.position
    WHERE name = 'rebuilding' AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND next_position IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM "tmp_replication_next_rebuilding" WHERE ("id") IN (SELECT value->>'$[0]' FROM (SELECT value FROM json_each(NEW.deletes) LIMIT -1));
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = 'rebuilding' AND changes() > 0;
  DELETE FROM tmp_replication_suspects WHERE name = 'rebuilding' AND (
    NEW.reconciliation = 'complete' OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT 'rebuilding', value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = 'rebuilding'
    AND +key IN (SELECT json_array(value->>'$[0]') FROM (SELECT value FROM json_each(NEW.rows || coalesce(NEW.more, '')) LIMIT -1));
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT 'rebuilding', value->>'$[0]', value->>'$[1]', value->>'$[2]', CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END;
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

import { connector } from "@starbase-replication/source-mysql"
import type { Mariadb } from "@starbase-replication/test-servers"
import mysql from "mysql2/promise"
import type { LogSubject } from "../LogSubject.ts"
import type { Random } from "../Random.ts"
import { makeTables, startWriters } from "./writers.ts"

/** Histories on a MariaDB or MySQL, each in a database of its own. */
export const mariadbLog = (server: Mariadb): LogSubject => ({
  connector,
  interleaves: true,
  make: async (name) => {
    const database = await server.createDatabase(name)
    await database.query(makeTables)
    const owner = await mysql.createConnection({ uri: database.url, multipleStatements: true })
    owner.on("error", () => {})
    await owner.query("SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1")
    const writers = await startWriters(database.url)
    return {
      entry: {
        type: "mysql",
        url: { secret: "URL" },
        statementTimeout: "700 millis",
        log: {},
      },
      url: database.url,
      writers,
      disturbance: (random, table) => disturbances(random, table),
      disturb: async (sql) => {
        // Nothing is defined anew while a transaction has the table.
        await writers.settle()
        await owner.query(sql).catch(() => {})
        await owner
          .query(
            "UNLOCK TABLES; SET autocommit = 1; SET SESSION binlog_format = 'ROW', SESSION binlog_row_image = 'FULL'",
          )
          .catch(() => {})
      },
      columns: async (table) =>
        (
          await database.query(
            `SELECT column_name FROM information_schema.columns WHERE table_schema = '${name}' AND table_name = '${table}' ORDER BY ordinal_position`,
          )
        ).map(([column]) => String(column)),
      rows: (table, columns) =>
        database.query(
          `SELECT ${columns.map((column) => `CAST(${column} AS char)`).join(", ")} FROM ${table} AS t ORDER BY t.id`,
        ),
      drop: async () => {
        await owner.end()
        // The database's own connection stays open as long as the server is used, and histories are many.
        await database.query("KILL CONNECTION_ID()").catch(() => {})
        await server.query(`DROP DATABASE IF EXISTS ${name}`)
      },
    }
  },
})

const disturbances = (random: Random, table: string): string => {
  const other = table === "a" ? "b" : "a"
  return random.pick([
    `ALTER TABLE ${table} ADD COLUMN c${random.below(50)} int DEFAULT ${random.below(9)}`,
    `ALTER TABLE ${table} MODIFY note varchar(${200 + random.below(100)})`,
    `ALTER TABLE ${table} MODIFY kind enum('one','two','n${random.below(9)}')`,
    `ALTER TABLE ${table} DROP COLUMN kind, ADD COLUMN kind enum('one','two') DEFAULT 'two'`,
    `ALTER TABLE ${table} DROP COLUMN at, ADD COLUMN at int unsigned DEFAULT ${random.below(9)} AFTER big`,
    `ALTER TABLE ${table} CHANGE note big text, CHANGE big note longtext`,
    `ALTER TABLE ${table} MODIFY bal int NOT NULL ${random.pick(["FIRST", "AFTER note"])}`,
    `CREATE INDEX i${random.below(9)} ON ${table} (bal)`,
    // What is in a table that is emptied is in the other one by then.
    `SET autocommit = 0; LOCK TABLES a WRITE, b WRITE; SET @all = COALESCE((SELECT SUM(bal) FROM ${table}), 0); INSERT INTO ${other} (id, bal) VALUES (${200_000 + random.below(100_000)}, @all); UPDATE ${table} SET bal = 0; COMMIT; TRUNCATE ${table}; INSERT INTO ${table} (id, bal) VALUES (1, 0), (2, 0); COMMIT; UNLOCK TABLES`,
    "RENAME TABLE a TO other, b TO a, other TO b",
    `SET SESSION binlog_format = 'STATEMENT'; UPDATE ${table} SET note = 'by a statement' WHERE id % 2 = 0`,
    `SET SESSION binlog_row_image = 'MINIMAL'; UPDATE ${table} SET note = 'in part' WHERE id % 3 = 0`,
    "FLUSH BINARY LOGS",
    "FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY",
    `sink reset ${table}`,
    `sink pause ${table}`,
    `sink resume ${table}`,
    `OPTIMIZE TABLE ${table}`,
  ])
}

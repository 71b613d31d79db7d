import { connector } from "@starbase-replication/source-postgres"
import type { Postgres } from "@starbase-replication/test-servers"
import type { LogSubject } from "../LogSubject.ts"
import type { Random } from "../Random.ts"
import { makeTables, startWriters } from "./writers.ts"

/** Histories on a PostgreSQL, each in a schema of its own. */
export const postgresLog = (server: Postgres): LogSubject => {
  const quietly = async (sql: string) => {
    await server.query(sql).catch(() => [])
  }
  return {
    connector,
    interleaves: false,
    make: async (schema) => {
      await server.query(makeTables(schema))
      return {
        entry: {
          type: "postgres",
          url: { secret: "URL" },
          schema,
          statementTimeout: "700 millis",
          log: { slot: schema, publication: schema },
        },
        url: server.url,
        writers: await startWriters(server.url, schema),
        disturbance: (random, table) => disturbances(random, schema, table),
        disturb: (sql) => quietly(`SET lock_timeout = '200ms'; ${sql}`),
        columns: async (table) =>
          (
            await server.query(
              `SELECT attname FROM pg_attribute WHERE attrelid = '${schema}.${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
            )
          ).map(([name]) => String(name)),
        rows: (table, columns) =>
          server.query(
            `SELECT ${columns.map((name) => `CAST(${name} AS text)`).join(", ")} FROM ${schema}.${table} AS t ORDER BY t.id`,
          ),
        drop: async () => {
          await quietly(`SELECT pg_drop_replication_slot('${schema}')`)
          await quietly(`DROP PUBLICATION IF EXISTS ${schema}`)
          await quietly(`DROP SCHEMA ${schema} CASCADE`)
        },
      }
    },
  }
}

const disturbances = (random: Random, schema: string, table: string): string =>
  random.pick([
    `ALTER TABLE ${schema}.${table} ADD COLUMN c${random.below(50)} int DEFAULT ${random.below(9)}`,
    `ALTER TABLE ${schema}.${table} ALTER note TYPE varchar(${200 + random.below(100)}) USING note || '!'`,
    `ALTER TABLE ${schema}.${table} REPLICA IDENTITY FULL`,
    `ALTER TABLE ${schema}.${table} REPLICA IDENTITY DEFAULT`,
    `ALTER PUBLICATION ${schema} DROP TABLE ${schema}.${table}; UPDATE ${schema}.${table} SET note = 'unseen'; ALTER PUBLICATION ${schema} ADD TABLE ${schema}.${table}`,
    `SELECT pg_drop_replication_slot('${schema}')`,
    `SELECT count(*) FROM pg_logical_slot_get_binary_changes('${schema}', NULL, NULL, 'proto_version', '1', 'publication_names', '${schema}')`,
    `sink reset ${table}`,
    `sink pause ${table}`,
    `sink resume ${table}`,
    `CHECKPOINT`,
  ])

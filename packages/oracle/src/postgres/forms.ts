import type { Rearrangement } from "../History.ts"
import type { Shape } from "../Shape.ts"

const partitions = [0, 1] as const
const remainder = (at: number) => `FOR VALUES WITH (MODULUS ${partitions.length}, REMAINDER ${at})`

/** A materialized view shows this table. */
const base = (table: string): string => `${table}_b`
/** What a table changes its place with. */
const other = (table: string): string => `${table}_o`
const bare = (table: string): string => table.slice(table.indexOf(".") + 1)

export const written = (table: string, { form }: Shape): string => (form === "materialized" ? base(table) : table)

export const create = (table: string, columns: ReadonlyArray<string>, { form, key }: Shape): string => {
  const made = `CREATE SEQUENCE ${table}_s; CREATE TABLE ${form === "materialized" ? base(table) : table} (${columns.join(", ")})`
  switch (form) {
    case "plain":
      return made
    case "partitioned": {
      const parts = partitions.map((at) => `CREATE TABLE ${table}_p${at} PARTITION OF ${table} ${remainder(at)}`)
      return [`${made} PARTITION BY HASH (k)`, ...parts].join(";")
    }
    case "materialized": {
      const names = key === "composite" ? "k, k2" : "k"
      const view = `${made}; CREATE MATERIALIZED VIEW ${table} AS SELECT * FROM ${base(table)}`
      return key === "none" ? view : `${view}; CREATE UNIQUE INDEX ON ${table} (${names})`
    }
  }
}

export const drop = (table: string): string =>
  `DO $$ BEGIN IF EXISTS (SELECT FROM pg_class WHERE oid = '${table}'::regclass AND relkind = 'm')
    THEN DROP MATERIALIZED VIEW ${table}; ELSE DROP TABLE ${table}; END IF; END $$;
  DROP TABLE IF EXISTS ${[base(table), other(table), ...partitions.map((at) => `${table}_p${at}`)].join(", ")};
  DROP SEQUENCE ${table}_s`

export const rearrange = (how: Rearrangement, table: string, { form, key }: Shape): string | undefined => {
  const isTable = form !== "materialized"
  switch (how) {
    case "vacuum full":
      return `VACUUM FULL ${table}`
    case "freeze":
      return `VACUUM (FREEZE) ${table}`
    case "cluster":
      return isTable && key !== "none" && key !== "nullable" ? `CLUSTER ${table} USING ${bare(table)}_pkey` : undefined
    case "detach":
      return form === "partitioned" ? ifPart(table, true, `DETACH PARTITION ${table}_p1`) : undefined
    case "attach":
      return form === "partitioned" ? ifPart(table, false, `ATTACH PARTITION ${table}_p1 ${remainder(1)}`) : undefined
    case "swap":
      // A copy's identity would give keys once more.
      return isTable && key !== "identity" ? swap(table) : undefined
    case "refresh":
      return isTable ? undefined : `REFRESH MATERIALIZED VIEW ${table}`
    case "refresh concurrently":
      return isTable || key === "none" ? undefined : `REFRESH MATERIALIZED VIEW CONCURRENTLY ${table}`
  }
}

/** Changes a table where it is one of partitions, which it may not be once it was swapped, and its last one is there or away. */
const ifPart = (table: string, isThere: boolean, change: string): string =>
  `DO $$ BEGIN IF EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = '${table}'::regclass)
      AND ${isThere ? "" : "NOT "}EXISTS (SELECT FROM pg_inherits WHERE inhrelid = '${table}_p1'::regclass)
    THEN ALTER TABLE ${table} ${change}; END IF; END $$`

const swap = (table: string): string =>
  `DO $$ BEGIN IF to_regclass('${other(table)}') IS NULL THEN
      CREATE TABLE ${other(table)} (LIKE ${table} INCLUDING ALL); INSERT INTO ${other(table)} SELECT * FROM ${table};
    ELSE
      ALTER TABLE ${table} RENAME TO ${bare(table)}_x;
      ALTER TABLE ${other(table)} RENAME TO ${bare(table)};
      ALTER TABLE ${table}_x RENAME TO ${bare(other(table))};
    END IF; END $$`

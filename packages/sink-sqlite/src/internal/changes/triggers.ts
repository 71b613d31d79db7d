import { identifier } from "../quote.ts"
import type { Described } from "./described.ts"
import { entriesOf } from "./entries.ts"

/** What the names of the triggers begin with; what follows it says which, and of which table. */
export const triggerPrefix = "tmp_replication_changed_"

const kinds = ["ai", "au", "ad", "bi", "bu"] as const

export const triggerName = (kind: (typeof kinds)[number], into: string): string => `${triggerPrefix}${kind}_${into}`

/** The same of the index of a table. */
export const indexPrefix = "tmp_replication_fed_"

const indexName = (into: string): string => `${indexPrefix}${into}`

/** Statements after which nothing logs a table's changes, and its rows are not in the order of tenants. */
export const dropTriggers = (into: string): ReadonlyArray<string> => [
  ...kinds.map((kind) => `DROP TRIGGER IF EXISTS ${identifier(triggerName(kind, into))}`),
  `DROP INDEX IF EXISTS ${identifier(indexName(into))}`,
]

/** The index by which a tenant's rows are found among those of all; none where everybody gets all of them. */
export const createTenantIndex = (into: string, { key, tenant }: Described): ReadonlyArray<string> => {
  if (tenant === null) return []
  const columns = [...new Set([tenant, ...key])].map(identifier)
  return [`CREATE INDEX ${identifier(indexName(into))} ON ${identifier(into)} (${columns.join(", ")})`]
}

/**
 * The triggers that log a table's changes, whatever makes them. An upsert fires them by what it comes to. A row that another
 * one replaces (`INSERT OR REPLACE`) fires none, so that one of another tenant is looked for before. What is logged
 * already under the open seq is left: the statement that fires them may say what a conflict does, and says it here too. Where
 * nothing tells rows apart, no change is logged.
 */
export const createTriggers = (
  into: string,
  described: Described,
): ReadonlyArray<{ readonly name: string; readonly sql: string }> => {
  const { key, tenant } = described
  const table = identifier(into)
  const trigger = (kind: (typeof kinds)[number], when: string, body: string) => {
    const name = triggerName(kind, into)
    return { name, sql: `CREATE TRIGGER ${identifier(name)} ${when} ON ${table} BEGIN\n${body};\nEND` }
  }
  // It says only that the table is the one that it was: whoever replicates it reads all of it.
  if (key.length === 0) return [trigger("ad", "AFTER DELETE", "  SELECT 1")]
  const { tenantOf, keyOf, log } = entriesOf(into, described)
  const isReplaced = `${key.map((name) => `tmp_replication_mine.${identifier(name)} = NEW.${identifier(name)}`).join(" AND ")}
      AND ${tenantOf("tmp_replication_mine")} IS NOT ${tenantOf("NEW")}`
  const replaced = log("tmp_replication_mine", `tmp_replication_hub, ${table} AS tmp_replication_mine`, isReplaced)
  const differs = `(${tenantOf("OLD")}, ${keyOf("OLD")}) IS NOT (${tenantOf("NEW")}, ${keyOf("NEW")})`
  return [
    trigger("ai", "AFTER INSERT", log("NEW")),
    trigger("au", "AFTER UPDATE", `${log("NEW")};\n${log("OLD", undefined, differs)}`),
    trigger("ad", "AFTER DELETE", log("OLD")),
    ...(tenant === null
      ? []
      : [
          trigger("bi", "BEFORE INSERT", replaced),
          trigger("bu", `BEFORE UPDATE OF ${key.map(identifier).join(", ")}`, replaced),
        ]),
  ]
}

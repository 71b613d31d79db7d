import { identifier, literal } from "../quote.ts"
import type { Described } from "./described.ts"

/** The text of a key's column. What is of no class of the column's has some text too: to log must not fail. */
const keyText = (type: string | undefined, column: string): string =>
  type === "blob" ? `lower(hex(${column}))` : `CAST(${column} AS TEXT)`

/** How a table's changes are logged: what an entry has of a row, given by what it is called, and the statement that logs it. */
export const entriesOf = (into: string, { columns, key, tenant }: Described) => {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type
  const tenantOf = (row: string): string => {
    if (tenant === null) return "''"
    const value = `${row}.${identifier(tenant)}`
    return `coalesce('t' || CASE typeof(${value}) WHEN 'text' THEN ${value} WHEN 'integer' THEN CAST(${value} AS TEXT) END, 'n')`
  }
  const keyOf = (row: string): string =>
    `json_array(${key.map((name) => keyText(typeOf(name), `${row}.${identifier(name)}`)).join(", ")})`
  const log = (row: string, from = "tmp_replication_hub", where = "true"): string =>
    `  INSERT INTO tmp_replication_changes (tenant, seq, name, key)
    SELECT ${tenantOf(row)}, tmp_replication_hub.seq, ${literal(into)}, ${keyOf(row)} FROM ${from} WHERE ${where} ON CONFLICT DO NOTHING`
  return { tenantOf, keyOf, log }
}

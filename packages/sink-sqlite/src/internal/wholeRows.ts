import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { identifier } from "./quote.ts"
import { alias, mine } from "./rowJson.ts"
import {
  inReplica,
  type Plan,
  type PlanColumn,
  type Replica,
  replicaType,
  rowids,
} from "@starbase-replication/core/sink"

/** A name of the rowid that no column has. */
const rowidOf = ({ columns }: Plan): string => {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()))
  return rowids.find((name) => !names.has(name)) ?? "rowid"
}

/** A column as its canonical text, or for doubles as the number of which that is made. */
const canonical = (column: PlanColumn): string => {
  const name = mine(column.name)
  switch (replicaType(column)) {
    case "blob":
      return `lower(hex(${name}))`
    case "integer":
    case "boolean":
    case "unsigned":
      return `CAST(${name} AS TEXT)`
    default:
      return name
  }
}

/** Reads the rows of a replica without a key, in the order in which they were added. */
export const wholeRows = (database: Database, asked: Plan): Replica["rows"] => {
  const plan = inReplica(asked)
  const id = `${alias.mine}.${rowidOf(plan)}`
  // hex() of NULL is an empty text.
  const columns = plan.columns.map((column) => `iif(${mine(column.name)} IS NULL, NULL, ${canonical(column)})`)
  const statement =
    `SELECT CAST(${id} AS TEXT), ${columns.join(", ")} FROM ${identifier(plan.into)} AS ${alias.mine}` +
    ` WHERE ${id} > CAST(? AS INTEGER) ORDER BY ${id} LIMIT CAST(? AS INTEGER)`
  return (after, limit) =>
    Effect.map(database.query(statement, after ?? "-9223372036854775808", limit), (found) => ({
      rows: found.map(([, ...values]) => values.map((value) => (value === null ? null : String(value)))),
      last: found.length < limit ? undefined : String(found.at(-1)?.[0]),
    }))
}

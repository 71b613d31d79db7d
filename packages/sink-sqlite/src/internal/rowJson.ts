import { identifier } from "./quote.ts"
import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core/sink"

/** The text of a row's i-th JSON value. Of a number, SQLite would print such a path first, for each value. */
export const textAt = (index: number): string => `value->>'$[${index}]'`

/** The expression that turns the text of a row's i-th JSON value into what the column stores. */
export const fromJson = (column: PlanColumn, index: number): string => {
  const text = textAt(index)
  switch (replicaType(column)) {
    case "blob":
      return `unhex(${text})`
    case "unsigned":
      return `iif(length(${text}) < 19 OR (length(${text}) = 19 AND ${text} <= '9223372036854775807'), CAST(${text} AS INTEGER), ${text})`
    default:
      return text
  }
}

/**
 * The values of a JSON array, each made once. Without the LIMIT, SQLite would merge this into the statement around it, and
 * print the whole row again for each column that is taken from it.
 */
export const each = (json: string): string => `(SELECT value FROM json_each(${json}) LIMIT -1)`

/** The condition that a row's key is among `NEW.deletes`. */
export const keyMatches = (plan: Plan): string => {
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const names = columns.map(({ name }) => identifier(name)).join(", ")
  return `(${names}) IN (SELECT ${columns.map(fromJson).join(", ")} FROM ${each("NEW.deletes")})`
}

import { identifier } from "./quote.ts"
import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core/sink"

/**
 * Names that statements give to what they read from. Names that begin like this are no replica's, and columns that are
 * named behind them are no others: a table may have a column of any name, such as `value`.
 */
export const alias = { given: "tmp_replication_given", mine: "tmp_replication_mine", keys: "tmp_replication_keys" }

/** A column of the replica, in statements that call it {@link alias.mine}. */
export const mine = (name: string): string => `${alias.mine}.${identifier(name)}`

/** The text of a row's i-th JSON value. Of a number, SQLite would print such a path first, for each value. */
export const textAt = (index: number, row = "value"): string => `${row}->>'$[${index}]'`

/** The expression that turns a canonical text into what the column stores. */
export const fromText = (column: PlanColumn, text: string): string => {
  switch (replicaType(column)) {
    case "blob":
      return `unhex(${text})`
    case "unsigned":
      return `iif(length(${text}) < 19 OR (length(${text}) = 19 AND ${text} <= '9223372036854775807'), CAST(${text} AS INTEGER), ${text})`
    default:
      return text
  }
}

/** The same for the text of a row's i-th JSON value. */
export const fromJson = (column: PlanColumn, index: number, row?: string): string =>
  fromText(column, textAt(index, row))

/**
 * The values of a JSON array, each made once. Without the LIMIT, SQLite would merge this into the statement around it, and
 * print the whole row again for each column that is taken from it.
 */
export const each = (json: string): string => `(SELECT value FROM json_each(${json}) LIMIT -1)`

/** The columns of a plan's key. */
export const keyColumns = ({ key, columns }: Plan): ReadonlyArray<PlanColumn> =>
  key.flatMap((name) => columns.find((column) => column.name === name) ?? [])

/** The condition that a row's key is among `NEW.deletes`. */
export const keyMatches = (plan: Plan): string => {
  const columns = keyColumns(plan)
  const names = columns.map(({ name }) => identifier(name)).join(", ")
  return `(${names}) IN (SELECT ${columns.map((column, index) => fromJson(column, index)).join(", ")} FROM ${each("NEW.deletes")})`
}

import { ConnectorError, type TableSchema } from "@starbase-replication/core/source"
import { arrayInOrder } from "@starbase-replication/postgres-values"
import { traitsOf } from "./traits.ts"

/** Why rows cannot be ordered or told apart by the named columns; undefined where nothing keeps them from it. */
export const refusal = (table: TableSchema, names: ReadonlyArray<string>): ConnectorError | undefined => {
  const array = arrayInOrder(table, names)
  if (array !== undefined) return array
  for (const { name: column, sourceType } of table.columns) {
    const traits = names.includes(column) ? traitsOf(table, column) : undefined
    if (traits === undefined) continue
    if (traits.unordered) {
      const message = `"${column}" is ${sourceType}, which has no operators < and >, so it cannot order rows; name other columns in key`
      return new ConnectorError({ code: "unsupported", message, column })
    }
    if (traits.closed !== null) {
      const message = `"${column}" is ${sourceType}, a type that the replication user may not name`
      const hint = `Run GRANT USAGE ON SCHEMA ${traits.closed} for the replication user.`
      return new ConnectorError({ code: "forbidden", message, hint, column })
    }
  }
  return undefined
}

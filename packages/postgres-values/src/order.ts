import { ConnectorError, type TableSchema } from "@starbase-replication/core/source"
import { elementType } from "./types.ts"

/**
 * Why rows cannot be ordered by the named columns: one of them is an array, whose canonical text is JSON, from which there
 * is no way back to a bound. Undefined where none is.
 */
export const arrayInOrder = ({ columns }: TableSchema, names: ReadonlyArray<string>): ConnectorError | undefined => {
  const column = columns.find(({ name, sourceType }) => names.includes(name) && elementType(sourceType) !== undefined)
  if (column === undefined) return undefined
  return new ConnectorError({
    code: "unsupported",
    message: `"${column.name}" is an array, which cannot order rows or tell them apart; name other columns in key`,
    column: column.name,
  })
}

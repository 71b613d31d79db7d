import { type Column, ConnectorError, type TableSchema } from "@starbase-replication/core/source"
import { bareType, isComparable, isOrdered, isTruth, membersOf } from "./types.ts"

/** Why rows cannot be read in the order of columns, or found by them as their key; undefined where they can. */
export const refusal = (
  table: TableSchema,
  names: ReadonlyArray<string>,
  use: "order" | "key",
): ConnectorError | undefined => {
  const columns = table.columns.filter(({ name }) => names.includes(name))
  for (const column of columns) {
    const refused = untold(column) ?? (use === "order" ? unordered(column) : incomparable(column))
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Of values that read alike, rows would take each other's place. */
const untold = (column: Column): ConnectorError | undefined => {
  if (isTruth(column)) {
    return new ConnectorError({
      code: "unsupported",
      message: `"${column.name}" becomes a boolean, of which 1 and 2 are the same`,
      hint: 'Name other columns in key or cursor, or set the source\'s tinyint1 to "integer".',
      column: column.name,
    })
  }
  if (bareType(column.sourceType) !== "enum" || membersOf(column.sourceType)?.includes("") !== true) return undefined
  return new ConnectorError({
    code: "key-not-unique",
    message: `"${column.name}" is an enum with an empty member, which reads as what is no member does`,
    hint: "Name other columns in key or cursor, or give the empty member another name at the source.",
    column: column.name,
  })
}

const unordered = ({ name, sourceType }: Column): ConnectorError | undefined =>
  isOrdered(sourceType)
    ? undefined
    : new ConnectorError({
        code: "unsupported",
        message: `"${name}" is ${bareType(sourceType)}, by which the server does not order rows exactly`,
        hint: "Name other columns in key or cursor; char, varchar, binary and varbinary will do.",
        column: name,
      })

/** A row that is not found by such a column may still be there. */
const incomparable = ({ name, sourceType }: Column): ConnectorError | undefined =>
  isComparable(sourceType)
    ? undefined
    : new ConnectorError({
        code: "unsupported",
        message: `"${name}" is ${bareType(sourceType)}, by whose text the server does not find rows`,
        hint: "Name other columns in key.",
        column: name,
      })

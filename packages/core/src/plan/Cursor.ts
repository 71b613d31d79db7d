import type { Column } from "../table/Table.ts"

/** Why columns of a type may be bad cursors: the second halves of sentences about the column. */
export const cautionsOf = ({ type, sourceType }: Column): ReadonlyArray<string> => {
  switch (type) {
    case "text":
    case "blob":
    case "json":
    case "boolean":
      return [`is ${sourceType}, which seldom grows with each insert and update`]
    case "real":
      return [`is ${sourceType}, and rows that come after a NaN or an Infinity are not found`]
    case "timestamp":
      return ["is a time without a zone: a local one goes back when summer time ends, and hides what is written then"]
    default:
      return []
  }
}

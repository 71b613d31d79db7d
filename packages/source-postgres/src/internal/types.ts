import { bareType, elementType } from "@starbase-replication/postgres-values"

/** Names that mean another type, or a length of 1, where no modifier follows. */
const castNames = new Map([
  ["character", "bpchar"],
  ["bit", '"bit"'],
])

/**
 * The type to cast a bound value to: without modifiers, because a cast to them would cut or round the value that
 * somebody compares with.
 */
export const castType = (sourceType: string): string => {
  const element = elementType(sourceType)
  if (element !== undefined) return `${castType(element)}[]`
  const name = bareType(sourceType)
  if (name.startsWith("interval ")) return "interval"
  return castNames.get(name) ?? name
}

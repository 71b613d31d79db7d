import { arrayToJson } from "./arrays.ts"
import { bareType, columnType, elementType } from "./types.ts"

/** Turns a value as PostgreSQL prints it into another text, or gives undefined for a form that it has no reason to have. */
export type Convert = (text: string) => string | undefined

/**
 * Makes the function that turns arrays of a type of elements, as PostgreSQL prints them, into JSON; undefined for a text
 * that is no such array. `canonical` gives what turns the text of one element into its canonical text; an element that is
 * an array itself is JSON by then. `delimiter` is the element type's, of which the system's types alone are known here.
 */
export const arrayConverter = (
  element: string,
  canonical: (sourceType: string) => Convert,
  delimiter: string = bareType(element) === "box" ? ";" : ",",
): Convert => {
  const convert = canonical(element)
  const toJson = jsonOf(element)
  return (text) =>
    arrayToJson(text, delimiter, (one) => {
      const value = convert(one)
      return value === undefined ? undefined : toJson(value)
    })
}

const asItIs = (canonical: string): string => canonical

/**
 * What turns the canonical text of an array's element into JSON. Numbers that any reader keeps exact in SQLite stay
 * numbers; decimals are strings, as they are text outside of arrays; JSON stays JSON.
 */
const jsonOf = (element: string): ((canonical: string) => string) => {
  if (elementType(element) !== undefined) return asItIs
  switch (columnType(element)) {
    case "integer":
    case "json":
      return asItIs
    case "real":
      return (canonical) => (/^[\d-][\d.]*(?:e[+-]\d+)?$/.test(canonical) ? canonical : JSON.stringify(canonical))
    case "boolean":
      return (canonical) => (canonical === "1" ? "true" : "false")
    default:
      return (canonical) => JSON.stringify(canonical)
  }
}

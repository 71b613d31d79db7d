import type { Stored } from "./values.ts"

/**
 * The expression that reads a value exactly through JSON, whose numbers are doubles: a finite double comes as a number,
 * which is printed so that it reads back the same; every other value as a text, after a letter for its storage
 * class. SQLite lets any column hold any class, whatever its declared type. A text comes after a `u` where it has a
 * U+FFFD of its own, because bytes that are no UTF-8 would become one on the way.
 */
export const selectedThroughJson = (name: string): string =>
  `CASE typeof(${name}) WHEN 'integer' THEN 'i' || ${name}` +
  ` WHEN 'text' THEN iif(instr(${name}, char(65533)) > 0, 'u', 't') || ${name} WHEN 'blob' THEN 'b' || lower(hex(${name}))` +
  ` WHEN 'real' THEN iif(${name} - ${name} = 0, ${name}, iif(${name} > 0, 'r+', 'r-')) END`

const textOf = (given: unknown): Stored => {
  if (typeof given === "number") return { kind: "r", text: String(given) }
  const printed = String(given)
  const text = printed.slice(1)
  switch (printed.charAt(0)) {
    case "i":
      return { kind: "i", text }
    case "b":
      return { kind: "b", text }
    case "r":
      return { kind: "r", text: text === "+" ? "Infinity" : "-Infinity" }
    case "u":
      return { kind: "t", text }
    default:
      return { kind: text.includes("\uFFFD") ? "x" : "t", text }
  }
}

/** What {@link selectedThroughJson} made of a value. */
export const readThroughJson = (given: unknown): Stored | null => (given === null ? null : textOf(given))

import type { Stored } from "@starbase-replication/sqlite-values"

/**
 * The expression that reads a value exactly: an integer and a finite double come as what they are, all else as bytes
 * after a letter for its storage class. As texts, the driver cuts them at a NUL, and the server fails the whole answer
 * for one that is not UTF-8; in hexadecimal, a blob of half the size that a value may have would be too large. SQLite lets
 * any column hold any class, whatever its declared type. A server's databases are in UTF-8.
 */
export const selected = (name: string): string =>
  `CASE typeof(${name}) WHEN 'text' THEN ${bytes("t", name)} WHEN 'blob' THEN ${bytes("b", name)}` +
  ` WHEN 'real' THEN iif(${name} - ${name} = 0, ${name}, iif(${name} > 0, ${bytes("r", "'Infinity'")}, ${bytes("r", "'-Infinity'")}))` +
  ` ELSE ${name} END`

/** The same for what is digits alone. */
export const digits = (expression: string): string => bytes("t", expression)

const bytes = (letter: string, expression: string): string => `CAST('${letter}' || ${expression} AS BLOB)`

/** What {@link selected} made of a value, as the driver gives it with bigints. */
export const readValue = (given: unknown): Stored | null => {
  if (given === null) return null
  if (typeof given === "number") return { kind: "r", text: String(given) }
  if (!(given instanceof ArrayBuffer)) return { kind: "i", text: String(given) }
  const [letter, value] = [new Uint8Array(given, 0, 1), new Uint8Array(given, 1)]
  switch (letter[0]) {
    case 0x62:
      return { kind: "b", text: toHex(value) }
    case 0x72:
      return { kind: "r", text: utf8.decode(value) }
    default:
      return textOf(value)
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (value: Uint8Array): Stored => {
  try {
    return { kind: "t", text: utf8.decode(value) }
  } catch {
    return { kind: "x", text: "" }
  }
}

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const toHex = (value: Uint8Array): string => {
  let text = ""
  for (const byte of value) text += pairs[byte] ?? ""
  return text
}

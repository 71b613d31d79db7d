/**
 * Turns an array as PostgreSQL prints it (`{1,NULL,"a b"}`, nested, with or without bounds) into a JSON array, each
 * element by `encode`. Bounds other than the usual ones have no place in JSON and are left out.
 */
export const arrayToJson = (text: string, delimiter: string, encode: (element: string) => string): string => {
  let json = ""
  let at = text.indexOf("{")
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === "{") {
      json += "["
      at += 1
    } else if (char === "}") {
      json += "]"
      at += 1
    } else if (char === delimiter) {
      json += ","
      at += 1
    } else if (char === '"') {
      const end = endOfQuoted(text, at + 1)
      json += encode(text.slice(at + 1, end).replaceAll(/\\(.)/gs, "$1"))
      at = end + 1
    } else {
      const end = endOfPlain(text, at, delimiter)
      const element = text.slice(at, end)
      json += element === "NULL" ? "null" : encode(element)
      at = end
    }
  }
  return json
}

const endOfQuoted = (text: string, from: number): number => {
  let at = from
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1
  return at
}

const endOfPlain = (text: string, from: number, delimiter: string): number => {
  let at = from
  while (at < text.length && text.charAt(at) !== delimiter && text.charAt(at) !== "}") at += 1
  return at
}

/** The text of an array of texts, as PostgreSQL reads it. */
export const arrayLiteral = (elements: ReadonlyArray<string>): string =>
  `{${elements.map((element) => `"${element.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`

/**
 * Turns an array as PostgreSQL prints it (`{1,NULL,"a b"}`, nested, with or without bounds) into a JSON array, each
 * element by `encode`. Bounds other than the usual ones have no place in JSON and are left out. Undefined where the
 * text is no array, or an element is not in the form that `encode` expects.
 */
export const arrayToJson = (
  text: string,
  delimiter: string,
  encode: (element: string) => string | undefined,
): string | undefined => {
  const start = /^(?:\[-?\d+:-?\d+\])*=?\{/.exec(text)?.[0]
  if (start === undefined) return undefined
  let json = ""
  let depth = 0
  let at = start.length - 1
  const add = (element: string | undefined) => {
    json += element ?? ""
    return element !== undefined
  }
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === "{") {
      json += "["
      depth += 1
      at += 1
    } else if (char === "}") {
      json += "]"
      depth -= 1
      at += 1
      if (depth === 0) return at === text.length ? json : undefined
    } else if (char === delimiter) {
      json += ","
      at += 1
    } else if (char === '"') {
      const end = endOfQuoted(text, at + 1)
      if (!add(encode(text.slice(at + 1, end).replaceAll(/\\(.)/gs, "$1")))) return undefined
      at = end + 1
    } else {
      const end = endOfPlain(text, at, delimiter)
      const element = text.slice(at, end)
      if (!add(element === "NULL" ? "null" : encode(element))) return undefined
      at = end
    }
  }
  return undefined
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

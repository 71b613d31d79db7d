/** What a query calls the column at a place. */
export const alias = (place: number): string => `c${place}`

/** One row as it came: its values in the order of the query's columns, of which PostgREST makes texts or null. */
export type Answered = ReadonlyArray<unknown>

/** Reads the rows of an answer; undefined where it is JSON of something else. Throws where it is no JSON. */
export const readAnswer = (text: string, width: number): ReadonlyArray<Answered> | undefined =>
  scan(text, width) ?? parse(text, width)

/** The last row of an answer, and how many rows it has. */
export interface Edge {
  readonly last: Answered
  readonly length: number
}

/**
 * Finds the last row without reading the others; undefined where the answer has none, or another form than PostgREST's.
 * What begins a row stands nowhere else: in a text its quotes would have backslashes, and each value is a text or null.
 */
export const findEdge = (text: string, width: number): Edge | undefined => {
  const beginning = `{"${alias(0)}":`
  const [last] = scan(`[${text.slice(text.lastIndexOf(beginning))}`, width) ?? []
  if (last === undefined) return undefined
  let length = 0
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, at + 1)) length += 1
  return { last, length }
}

/** How many characters of a row are none of its values, about: names, quotes and commas. */
export const frameLength = (width: number): number =>
  Array.from({ length: width }, (_, place) => alias(place).length + 6).reduce((sum, one) => sum + one, 2)

/**
 * Reads rows in the form that PostgREST prints; undefined where the text has another. JSON.parse takes many times as long:
 * V8 keeps short texts in a table, in which it searches long once a column that counts up has filled it.
 */
const scan = (text: string, width: number): ReadonlyArray<Answered> | undefined => {
  const names = Array.from({ length: width }, (_, place) => `${place === 0 ? "{" : ","}"${alias(place)}":`)
  const hasEscapes = text.includes("\\")
  const rows: Array<Answered> = []
  let at = afterSpace(text, 0)
  if (text[at] !== "[") return undefined
  while (text[at] !== "]") {
    at = afterSpace(text, at + 1)
    const row: Array<unknown> = []
    for (const name of names) {
      if (!text.startsWith(name, at)) return undefined
      at += name.length
      if (text[at] === '"') {
        const close = closingQuote(text, at + 1)
        if (close === -1) return undefined
        const value = text.slice(at + 1, close)
        row.push(hasEscapes && value.includes("\\") ? JSON.parse(`"${value}"`) : value)
        at = close + 1
      } else if (text.startsWith("null", at)) {
        row.push(null)
        at += 4
      } else return undefined
    }
    if (text[at] !== "}") return undefined
    rows.push(row)
    at = afterSpace(text, at + 1)
    if (text[at] !== "," && text[at] !== "]") return undefined
  }
  return afterSpace(text, at + 1) === text.length ? rows : undefined
}

const parse = (text: string, width: number): ReadonlyArray<Answered> | undefined => {
  const data: unknown = JSON.parse(text)
  if (!Array.isArray(data) || !data.every(isObject)) return undefined
  const names = Array.from({ length: width }, (_, place) => alias(place))
  return data.map((row) => names.map((name): unknown => Reflect.get(row, name)))
}

const isObject = (row: unknown): row is object => typeof row === "object" && row !== null && !Array.isArray(row)

const afterSpace = (text: string, from: number): number => {
  let at = from
  while (/[ \n\r\t]/.test(text.charAt(at))) at += 1
  return at
}

/** Where the last whole row of a JSON array of flat objects ends, or 0. */
export const lastRowEnd = (text: string): number => {
  let end = 0
  let at = 0
  while (true) {
    const open = text.indexOf('"', at)
    const brace = text.slice(at, open === -1 ? undefined : open).lastIndexOf("}")
    if (brace !== -1) end = at + brace + 1
    if (open === -1) return end
    const close = closingQuote(text, open + 1)
    if (close === -1) return end
    at = close + 1
  }
}

const closingQuote = (text: string, from: number): number => {
  let close = text.indexOf('"', from)
  while (close !== -1) {
    let slashes = 0
    while (text.charCodeAt(close - 1 - slashes) === 92) slashes += 1
    if (slashes % 2 === 0) return close
    close = text.indexOf('"', close + 1)
  }
  return -1
}

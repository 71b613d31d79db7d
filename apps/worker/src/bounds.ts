/** How large the answer to one request may become. */
export interface Bounds {
  readonly rows: number
  /** Of values and, where rows are objects, of their names; a number counts eight, a character of a text one. */
  readonly bytes: number
}

const variables = {
  QUERY_MAX_ROWS: { standard: 100_000, most: 10_000_000 },
  // Twice this is what the platform hands from the object to the Worker at once, and a character may take two bytes.
  QUERY_MAX_BYTES: { standard: 8_000_000, most: 16_000_000 },
} as const

type Variable = keyof typeof variables

const read = (env: Readonly<Partial<Record<Variable, unknown>>>, name: Variable): number | string => {
  const { most, standard } = variables[name]
  const given = env[name]
  if (given === undefined || given === "") return standard
  const value = Number(given)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  return `${name} must be a whole number from 1 to ${most}, not ${JSON.stringify(given)}.`
}

/** The bounds that variables set, or what is wrong with them. */
export const readBounds = (
  env: Readonly<Partial<Record<Variable, unknown>>>,
): Bounds | { readonly problem: string } => {
  const rows = read(env, "QUERY_MAX_ROWS")
  const bytes = read(env, "QUERY_MAX_BYTES")
  if (typeof rows === "string") return { problem: rows }
  if (typeof bytes === "string") return { problem: bytes }
  return { rows, bytes }
}

/** Thrown where an answer becomes larger than it may. */
export class TooLarge extends Error {
  constructor(what: string, variable: Variable) {
    super(
      `The answer has more than ${what}. Ask for less at a time, with LIMIT or fewer columns, or raise ${variable}.`,
    )
  }
}

const rowBytes = 8

const size = (value: SqlStorageValue): number => {
  if (typeof value === "string") return value.length
  return value instanceof ArrayBuffer ? value.byteLength : 8
}

/** Gives rows one by one as they are read, and throws {@link TooLarge} at the first one that is too much. */
export const bounded = ({ rows, bytes }: Bounds) => {
  let rowsLeft = rows
  let bytesLeft = bytes
  return function* <Row extends Array<SqlStorageValue> | Record<string, SqlStorageValue>>(read: Iterable<Row>) {
    for (const row of read) {
      rowsLeft--
      bytesLeft -= rowBytes
      if (Array.isArray(row)) for (const value of row) bytesLeft -= size(value)
      else for (const [name, value] of Object.entries(row)) bytesLeft -= name.length + size(value)
      if (rowsLeft < 0) throw new TooLarge(`${rows} rows`, "QUERY_MAX_ROWS")
      if (bytesLeft < 0) throw new TooLarge(`${bytes} bytes`, "QUERY_MAX_BYTES")
      yield row
    }
  }
}

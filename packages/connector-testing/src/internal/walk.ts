import {
  type Column,
  type Filter,
  type MadePage,
  type Page,
  type ReadRequest,
  type Row,
  type Since,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { canonicalProblem } from "./canonical.ts"
import { broken, that } from "./expect.ts"

/** What to read; without more, all rows and columns in the order of the key, a thousand a page. */
export interface Walk {
  readonly table: TableSchema
  readonly columns?: ReadonlyArray<Column>
  readonly where?: ReadonlyArray<Filter>
  readonly since?: Since
  readonly order?: ReadonlyArray<string>
  readonly after?: ReadonlyArray<string>
  readonly limit?: number
  readonly maxBytes?: number
}

const plenty = 1_000_000_000

/** The request for one page of it. */
export const requestOf = (walk: Walk): ReadRequest => {
  const { table, columns = table.columns, where = [], since, order = table.key, after } = walk
  const { limit = 1000, maxBytes = plenty } = walk
  return { table, columns, where, ...(since === undefined ? {} : { since }), order, after, limit, maxBytes }
}

/** Reads one page and holds it to what is true of every page. */
export const readPage = Effect.fnUntraced(function* (walk: Walk) {
  const source = yield* Source
  const request = requestOf(walk)
  return yield* makePage(request, yield* source.read(request))
})

/** Makes the rows of a page and holds it to what is true of every page. */
export const makePage = Effect.fnUntraced(function* ({ columns, limit }: ReadRequest, { rows, bytes, done }: Page) {
  const page: MadePage = { rows: yield* rows, bytes, done }
  yield* that(page.rows.length <= limit, `A page has ${page.rows.length} rows, where the limit was ${limit}.`)
  yield* that(page.rows.length > 0 || page.done, "A page is empty, and yet not done: nobody can go on from there.")
  yield* checkRows(columns, page.rows)
  return page
})

/** Values as {@link Column}s have them: as many as columns, each null or canonical. */
export const checkRows = Effect.fnUntraced(function* (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>) {
  for (const row of rows) {
    yield* that(
      row.length === columns.length,
      `A row has ${row.length} values, where ${columns.length} columns were asked for: ${shorten(row)}.`,
    )
    for (const [place, { name, type, sourceType }] of columns.entries()) {
      const value: unknown = row[place]
      if (value === null) continue
      if (typeof value !== "string") {
        return yield* broken(`A value of "${name}" is ${typeof value}, neither a text nor null: ${shorten(row)}.`)
      }
      const problem = canonicalProblem(type, value)
      if (problem === undefined) continue
      return yield* broken(
        `"${name}" is ${sourceType}, which is declared as ${type}, but ${shorten(value)} is not: ${problem}.`,
      )
    }
  }
})

/** Reads page after page to the end, each from the last row of the one before. No row may come twice. */
export const walk = Effect.fnUntraced(function* (options: Walk) {
  const { table, columns = table.columns, order = table.key } = options
  const pick = picker(columns, order)
  const rows: Array<Row> = []
  const pages: Array<MadePage> = []
  const seen = new Map<string, number>()
  let after = options.after
  while (true) {
    const page: MadePage = yield* readPage({ ...options, ...(after === undefined ? {} : { after }) })
    pages.push(page)
    for (const row of page.rows) {
      const id = JSON.stringify(pick(row))
      const before = seen.get(id)
      if (before !== undefined) {
        return yield* broken(
          `The row with ${order.join(", ")} = ${shorten(id)} came twice: on page ${before} and on page ${pages.length}.`,
        )
      }
      seen.set(id, pages.length)
      rows.push(row)
    }
    const last = page.rows.at(-1)
    if (page.done || last === undefined) return { rows, pages }
    after = pick(last)
  }
})

/** Picks the values of some columns, as a position keeps them. */
export const picker =
  (columns: ReadonlyArray<Column>, names: ReadonlyArray<string>) =>
  (row: Row): ReadonlyArray<string> =>
    names.map((name) => row[columns.findIndex((column) => column.name === name)] ?? "")

/** The values of one column. */
export const valuesOf = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<Row>, name: string) => {
  const place = columns.findIndex((column) => column.name === name)
  return rows.map((row) => row[place] ?? null)
}

/** A value for a message. */
export const shorten = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value, printable) ?? String(value))
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const printable = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value)

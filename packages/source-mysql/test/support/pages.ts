import { type Column, type Filter, type Page, type Row, Source, type TableSchema } from "@starbase-replication/core"
import * as Effect from "effect/Effect"

/** What to read, as a caller of a source would. */
export interface Walk {
  readonly table: TableSchema
  readonly columns?: ReadonlyArray<Column>
  readonly where?: ReadonlyArray<Filter>
  readonly order?: ReadonlyArray<string>
  readonly limit?: number
  readonly maxBytes?: number
}

/** Describes one table, which must be there. */
export const discoverOne = (schema: string, name: string) =>
  Effect.gen(function* () {
    const source = yield* Source
    const [table] = yield* source.discover([{ schema, name }])
    if (table === undefined) return yield* Effect.die(new Error(`no table ${schema}.${name}`))
    return table
  })

/** Reads page after page to the end, each from the last row of the one before, and holds the pages to their contract. */
export const walk = ({
  table,
  columns = table.columns,
  where = [],
  order = table.key,
  limit = 1000,
  maxBytes = 1e9,
}: Walk) =>
  Effect.gen(function* () {
    const source = yield* Source
    const places = order.map((name) => columns.findIndex((column) => column.name === name))
    const rows: Array<Row> = []
    const pages: Array<Page> = []
    const seen = new Set<string>()
    let after: Array<string> | undefined
    while (true) {
      const page: Page = yield* source.read({ table, columns, where, order, after, limit, maxBytes })
      pages.push(page)
      rows.push(...page.rows)
      if (page.rows.length > limit)
        return yield* Effect.die(new Error(`a page of ${page.rows.length} rows, above ${limit}`))
      for (const row of page.rows) {
        const key = JSON.stringify(places.map((place) => row[place]))
        if (seen.has(key)) return yield* Effect.die(new Error(`the row ${key} came twice`))
        seen.add(key)
      }
      if (page.done) return { rows, pages }
      const last = page.rows.at(-1)
      if (last === undefined) return yield* Effect.die(new Error("an empty page that is not the last"))
      after = places.map((place) => last[place] ?? "")
    }
  })

/** The values of one column. */
export const valuesOf = (table: TableSchema, rows: ReadonlyArray<Row>, name: string): ReadonlyArray<string | null> => {
  const place = table.columns.findIndex((column) => column.name === name)
  return rows.map((row) => row[place] ?? null)
}

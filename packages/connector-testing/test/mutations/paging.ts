import { type MadePage, pageOf as pageOfMade, type Row, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Change } from "../toy/source.ts"
import { asksFor, givesPages, type Mutation } from "./change.ts"
import { everything, orderOf, pageOf } from "./pages.ts"

/** Counts the rows that were read, and begins the next page there. */
const byOffset: Change = (source) => {
  let offset = 0
  return {
    ...source,
    read: (request) =>
      Effect.map(everything(source, request), (rows) => {
        if (request.after === undefined) offset = 0
        const page = pageOf(rows.slice(offset), request)
        offset += page.rows.length
        return page
      }),
  }
}

/** Reads the whole table with the first page, and serves the others from memory. */
const fromMemory: Change = (source) => {
  let all: ReadonlyArray<Row> = []
  return {
    ...source,
    read: (request) =>
      Effect.gen(function* () {
        if (request.after === undefined) all = yield* everything(source, request)
        const after = JSON.stringify(request.after)
        const place = all.findIndex((row) => JSON.stringify(orderOf(request, row)) === after)
        return pageOf(all.slice(place + 1), request)
      }),
  }
}

/** Sorts and bounds all values as text. */
const asText: Change = (source) => ({
  ...source,
  read: (request) =>
    Effect.map(everything(source, request), (rows) => {
      const keyed = rows.map((row) => [orderOf(request, row).join("\0"), row] as const)
      const bound = request.after?.join("\0")
      const rest = keyed.filter(([key]) => bound === undefined || key > bound)
      return pageOf(
        rest.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
        request,
      )
    }),
})

/** Wants every column of the order to be above its value, not the row of them. */
const columnByColumn: Change = (source) => ({
  ...source,
  read: (request) =>
    Effect.map(everything(source, request), (rows) => {
      const above = rows.filter((row) =>
        orderOf(request, row).every((value, place) => {
          const bound = request.after?.[place]
          return bound === undefined || value > bound
        }),
      )
      return pageOf(above, request)
    }),
})

/** Keeps one page, of which the rows are made. */
const ofTheLatest: Change = (source) => {
  let latest: ReadonlyArray<Row> = []
  return {
    ...source,
    page: (request) =>
      Effect.map(source.read(request), (page) => {
        latest = page.rows
        return { ...pageOfMade(request, page), rows: Effect.sync(() => latest) }
      }),
  }
}

/** Goes on only from where a page of this process has ended, or a row of it stood, and else begins anew. */
const fromKnownPositions: Change = (source) => ({
  ...source,
  read: (request) =>
    Effect.map(
      source.read(
        request.after === undefined || known.has(JSON.stringify(request.after))
          ? request
          : { ...request, after: undefined },
      ),
      (page) => {
        for (const row of page.rows) {
          const values = orderOf(request, row)
          values.forEach((_, place) => known.add(JSON.stringify(values.slice(0, place + 1))))
        }
        return page
      },
    ),
})
const known = new Set<string>()

/** Knows a table by the object that described it. */
const byIdentity: Change = (source) => {
  return {
    ...source,
    discover: (names) =>
      Effect.map(source.discover(names), (tables) => {
        for (const table of tables) if (table !== undefined) described.add(table)
        return tables
      }),
    read: (request) => source.read(described.has(request.table) ? request : { ...request, after: undefined }),
  }
}
const described = new WeakSet<TableSchema>()

const cap = 1000

export const paging: ReadonlyArray<Mutation> = [
  {
    name: "drops ties at page edges",
    change: asksFor(({ after, ...rest }) => ({ ...rest, after: after?.slice(0, 1) })),
    breaks: ["paging: ties across page edges", "paging: keys of several columns", "positions: every position resumes"],
  },
  {
    name: "repeats the last row of a page where no value is missing",
    change: (source) => ({
      ...source,
      read: (request) =>
        Effect.map(everything(source, request), (rows) => {
          const after = JSON.stringify(request.after)
          const place = rows.findIndex((row) => JSON.stringify(orderOf(request, row)) === after)
          return pageOf(rows.slice(Math.max(place, 0)), request)
        }),
    }),
    breaks: ["paging: every page size"],
  },
  {
    name: "sorts numbers as text",
    change: asText,
    breaks: ["paging: every page size", "paging: keys of the kind decimal"],
  },
  { name: "bounds column by column", change: columnByColumn, breaks: ["paging: keys of several columns"] },
  {
    name: "says done on a page that a cap has cut",
    change: (source) => ({
      ...source,
      read: (request) =>
        Effect.map(source.read({ ...request, limit: Math.min(request.limit, cap) }), (page) => ({
          ...page,
          done: page.rows.length < request.limit,
        })),
    }),
    breaks: ["paging: short pages"],
  },
  {
    name: "brings more rows than the limit",
    change: asksFor((request) => ({ ...request, limit: request.limit + 1 })),
    breaks: ["paging: every page size"],
  },
  {
    name: "leaves out rows that hold a NULL",
    change: givesPages((page): MadePage => ({ ...page, rows: page.rows.filter((row) => !row.includes(null)) })),
    breaks: ["paging: rows without a cursor value"],
  },
  {
    name: "does not say done on an empty page",
    change: givesPages((page) => ({ ...page, done: page.done && page.rows.length > 0 })),
    breaks: ["paging: an empty table", "positions: a position far ahead"],
  },
  {
    name: "loses the last row of a last page that is full",
    change: givesPages((page, { limit }) =>
      page.done && page.rows.length === limit ? { ...page, rows: page.rows.slice(0, -1) } : page,
    ),
    breaks: ["paging: one row, and exactly one page"],
  },
  {
    name: "tells of the row before the last",
    change: (source) => ({
      ...source,
      page: (request) =>
        Effect.map(source.read(request), (page) => {
          const row = page.rows.at(-2)
          return { ...pageOfMade(request, page), last: row && orderOf(request, row) }
        }),
    }),
    breaks: ["paging: rows made later"],
  },
  {
    name: "makes the rows of the page that came last",
    change: ofTheLatest,
    breaks: ["paging: rows made later"],
  },
  {
    name: "gives the columns in the table's order",
    change: asksFor((request) => ({
      ...request,
      columns: request.table.columns.filter(({ name }) => request.columns.some((column) => column.name === name)),
    })),
    breaks: ["paging: columns"],
  },
  {
    name: "pages by offset",
    change: byOffset,
    breaks: [
      "paging: the row at the page edge goes",
      "paging: rows come and go ahead and behind",
      "positions: every position resumes",
    ],
  },
  {
    name: "reads ahead and keeps it",
    change: fromMemory,
    breaks: ["paging: rows change between two pages", "paging: a row's cursor moves on", "resources: no reading ahead"],
  },
  {
    name: "begins anew where nothing follows a position",
    change: (source) => ({
      ...source,
      read: (request) =>
        Effect.flatMap(source.read(request), (page) =>
          page.rows.length === 0 ? source.read({ ...request, after: undefined }) : Effect.succeed(page),
        ),
    }),
    breaks: ["positions: a position far ahead"],
  },
  {
    name: "knows the positions of this process alone",
    change: fromKnownPositions,
    breaks: ["positions: a position of another version"],
  },
  {
    name: "knows a table by the object that described it",
    change: byIdentity,
    breaks: ["positions: a position of another version"],
  },
  {
    name: "takes a position of fewer values for none",
    change: asksFor((request) =>
      request.after !== undefined && request.after.length < request.order.length
        ? { ...request, after: undefined }
        : request,
    ),
    breaks: ["positions: fewer values than order columns"],
  },
]

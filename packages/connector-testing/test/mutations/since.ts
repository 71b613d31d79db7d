import { ConnectorError, type ReadRequest, type Since, type Transactions } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Change, ToyShape } from "../toy/source.ts"
import { asksFor, givesPages, type Mutation, reads } from "./change.ts"
import { everything, pageOf } from "./pages.ts"

/** A toy that asks in another way for what was written since. */
const asksSince = (change: (request: ReadRequest, since: Since) => ReadRequest): Change =>
  asksFor((request) => (request.since === undefined ? request : change(request, request.since)))

const withoutSince = (request: ReadRequest): ReadRequest => {
  const { since: _, ...rest } = request
  return rest
}

/** A toy that tells of other transactions, with the tables and without them. */
const tells = (change: (transactions: Transactions) => Transactions): Change => {
  return (source) => ({ ...source, transactions: Effect.map(told(source), change) })
}

const told = ({ transactions }: ToyShape): Effect.Effect<Transactions, ConnectorError> =>
  transactions ?? Effect.die("the toy tells of transactions")

/** Reads since the transactions that it lists, and since the one before the next where it lists none. */
const byTheList: Change = (source) => ({
  ...source,
  read: (request) =>
    Effect.gen(function* () {
      const { since } = request
      if (since === undefined) return yield* source.read(request)
      const { next, open } = yield* told(source)
      const id = open[0] ?? String(BigInt(next) - 1n)
      return yield* source.read({ ...request, since: { ...since, id } })
    }),
})

/** Remembers the latest few transactions alone. */
const forgetful: Change = (source) => ({
  ...source,
  read: (request) =>
    Effect.gen(function* () {
      const { since } = request
      if (since === undefined) return yield* source.read(request)
      const least = BigInt((yield* told(source)).next) - 17n
      const id = BigInt(since.id) < least ? String(least) : since.id
      return yield* source.read({ ...request, since: { ...since, id } })
    }),
})

/** Takes nothing for a position that it has not given in the same run. */
const inOneRun: Change = (source) => {
  let hasBegun = false
  return {
    ...source,
    read: (request) => {
      if (request.since === undefined || hasBegun) return source.read(request)
      hasBegun = true
      return source.read({ ...request, after: undefined })
    },
  }
}

let runs = 0
const inserted = "written since: rows that were inserted and updated"
const filtered = "written since: where, order and columns"
const open = "written since: a transaction that was open"

export const since: ReadonlyArray<Mutation> = [
  {
    name: "leaves out what the first transaction since wrote",
    change: asksSince((request, one) => ({ ...request, since: { ...one, id: String(BigInt(one.id) + 1n) } })),
    breaks: [inserted, open],
  },
  {
    name: "knows what was written since from the list of transactions alone",
    change: byTheList,
    breaks: [inserted, open, "written since: an older moment"],
  },
  {
    name: "tells of no open transaction with the tables",
    change: (source) => ({ ...source, described: Effect.map(told(source), (all) => ({ ...all, open: [] })) }),
    breaks: [open],
  },
  {
    name: "tells of the latest open transaction with the tables",
    change: (source) => ({
      ...source,
      described: Effect.map(told(source), (all) => ({ ...all, open: all.open.slice(-1) })),
    }),
    breaks: [open],
  },
  {
    name: "forgets where with since",
    change: asksSince((request) => ({ ...request, where: [] })),
    breaks: [filtered],
  },
  {
    name: "gives all columns with since",
    change: asksSince((request) => ({ ...request, columns: request.table.columns })),
    breaks: [filtered],
  },
  {
    name: "orders by the key with since",
    change: asksSince((request) => ({ ...request, order: request.table.key })),
    breaks: [filtered],
  },
  {
    name: "goes on from nowhere with since",
    change: asksSince((request) => ({ ...request, after: undefined })),
    breaks: [inserted, "written since: a run for each page"],
  },
  {
    name: "loses a row of each full page with since",
    change: givesPages((page, request) =>
      request.since === undefined || page.rows.length < 2 ? page : { ...page, rows: page.rows.toSpliced(-2, 1) },
    ),
    breaks: [inserted],
  },
  {
    name: "goes on one row too far with since",
    change: reads((source, request) =>
      request.since === undefined
        ? source.read(request)
        : Effect.map(everything(source, request), (rows) => {
            const place = rows.findIndex(([id]) => request.after !== undefined && id === request.after.at(-1))
            return pageOf(rows.slice(place < 0 ? 0 : place + 2), request)
          }),
    ),
    breaks: [inserted, "written since: a run for each page"],
  },
  {
    name: "says done on a page with since that is not full because of maxBytes",
    change: givesPages((page, { since: one, limit }) => ({
      ...page,
      done: page.done || (one !== undefined && page.rows.length < limit),
    })),
    breaks: [inserted],
  },
  {
    name: "counts rows that were not written since among those of a page",
    change: reads((source, request) =>
      request.since === undefined
        ? source.read(request)
        : Effect.gen(function* () {
            const page = yield* source.read(withoutSince(request))
            const written = new Set((yield* everything(source, request)).map((row) => JSON.stringify(row)))
            return { ...page, rows: page.rows.filter((row) => written.has(JSON.stringify(row))) }
          }),
    ),
    breaks: [inserted, "written since: a moment after everything"],
  },
  {
    name: "remembers the latest transactions alone",
    change: forgetful,
    breaks: ["written since: an older moment"],
  },
  {
    name: "fails for the lowest id that may be named",
    change: reads((source, request) =>
      request.since?.id === "1"
        ? Effect.fail(new ConnectorError({ code: "unknown", message: "the id is too low" }))
        : source.read(request),
    ),
    breaks: ["written since: an older moment"],
  },
  {
    name: "is never done where nothing was written since",
    change: givesPages((page, request) =>
      request.since !== undefined && page.rows.length === 0 ? { ...page, done: false } : page,
    ),
    breaks: ["written since: a moment after everything"],
  },
  {
    name: "fails for an id that was not given yet",
    change: (source) => ({
      ...source,
      read: (request) =>
        Effect.flatMap(told(source), ({ next }) =>
          request.since !== undefined && BigInt(request.since.id) >= BigInt(next)
            ? Effect.fail(new ConnectorError({ code: "unknown", message: "the id is in the future" }))
            : source.read(request),
        ),
    }),
    breaks: ["written since: a moment after everything"],
  },
  {
    name: "takes every part of a table for a known one",
    change: asksSince((request, one) => ({ ...request, since: { ...one, parts: request.table.parts ?? [] } })),
    breaks: ["written since: a part that was not there before"],
  },
  {
    name: "goes on with since in the run alone that began",
    change: inOneRun,
    breaks: ["written since: a run for each page"],
  },
  {
    name: "reads together without a look at since",
    change: (source) => ({
      ...source,
      together: (requests) => source.together(requests.map(withoutSince)),
    }),
    breaks: ["written since: read together"],
  },
  {
    name: "tells of another history in each run",
    change: (source) => {
      const history = `run ${runs++}`
      return { ...source, transactions: Effect.map(told(source), (all) => ({ ...all, history })) }
    },
    breaks: ["written since: history and horizon"],
  },
  {
    name: "tells of another history with each transaction",
    change: tells((all) => ({ ...all, history: `up to ${all.next}` })),
    breaks: ["written since: history and horizon"],
  },
  {
    name: "tells of a history without a name",
    change: tells((all) => ({ ...all, history: "" })),
    breaks: ["written since: history and horizon"],
  },
  {
    name: "tells of no history but with the tables",
    change: (source) => ({
      ...source,
      transactions: Effect.map(told(source), ({ next, open: ids }) => ({ next, open: ids })),
      described: told(source),
    }),
    breaks: ["written since: history and horizon"],
  },
  {
    name: "tells of a horizon that is ahead",
    change: tells((all) => ({ ...all, horizon: String(BigInt(all.next) + 1n) })),
    breaks: ["written since: history and horizon"],
  },
]

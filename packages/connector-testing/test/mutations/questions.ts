import type { Filter, Transactions } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Mutation } from "./change.ts"

const noTransactions = { next: "0", open: [] }
const cut = ({ next, open }: Transactions): Transactions => ({ next, open: open.slice(0, 15) })

/** What is wrong with the answers to questions other than for pages. */
export const questions = (): ReadonlyArray<Mutation> => [
  {
    name: "returns absent keys",
    change: (source) => ({
      ...source,
      lookup: (request) =>
        Effect.map(source.lookup(request), (rows) => {
          const found = new Set(rows.map((row) => row[0]))
          const absent = request.keys.filter(([id]) => !found.has(id ?? ""))
          return [
            ...rows,
            ...absent.map(([id]) => request.columns.map((_, place) => (place === 0 ? (id ?? "") : null))),
          ]
        }),
    }),
    breaks: ["lookup: keys that are there, and keys that are not"],
  },
  {
    name: "gives a row for each time that its key is asked for",
    change: (source) => ({
      ...source,
      lookup: (request) =>
        Effect.map(source.lookup(request), (rows) =>
          request.keys.length > rows.length && request.columns[0]?.name === "id" ? [...rows, ...rows] : rows,
        ),
    }),
    breaks: ["lookup: keys that are there, and keys that are not"],
  },
  {
    name: "looks up no more than 500 keys",
    change: (source) => ({
      ...source,
      lookup: (request) => source.lookup({ ...request, keys: request.keys.slice(0, 500) }),
    }),
    breaks: ["lookup: a thousand keys"],
  },
  {
    name: "looks up without a look at where",
    change: (source) => ({ ...source, lookup: (request) => source.lookup({ ...request, where: [] }) }),
    breaks: ["lookup: where and columns"],
  },
  {
    name: "looks up the columns of a key one by one",
    change: (source) => ({
      ...source,
      lookup: (request) => {
        const where = request.key.map((column, place): Filter => ({
          column,
          op: "in",
          values: request.keys.map((key) => key[place] ?? ""),
        }))
        const read = { ...request, where: [...request.where, ...where], order: request.key, after: undefined }
        return Effect.map(source.read({ ...read, limit: 1e9, maxBytes: 1e9 }), ({ rows }) => rows)
      },
    }),
    breaks: ["lookup: keys of several columns"],
  },
  {
    name: "gives an empty text where there is no highest value",
    change: (source) => ({
      ...source,
      highest: (table, column, where) => Effect.map(source.highest(table, column, where), (value) => value ?? ""),
    }),
    breaks: ["highest: the highest value"],
  },
  {
    name: "finds the highest value without a look at where",
    change: (source) => ({ ...source, highest: (table, column) => source.highest(table, column, []) }),
    breaks: ["highest: the highest value"],
  },
  {
    name: "sums up more than the range",
    change: (source) => ({
      ...source,
      summarize: (request) => source.summarize?.({ ...request, after: undefined }) ?? Effect.never,
    }),
    breaks: ["summaries: ranges of integer keys", "summaries: ranges of keys of two columns"],
  },
  {
    name: "sees no transactions",
    change: (source) => ({ ...source, transactions: Effect.succeed(noTransactions) }),
    breaks: ["transactions: an open transaction", "transactions: many open transactions"],
  },
  {
    name: "names no more than 15 transactions",
    change: (source) => ({
      ...source,
      transactions: Effect.map(source.transactions ?? Effect.succeed(noTransactions), cut),
    }),
    breaks: ["transactions: many open transactions"],
  },
  {
    name: "describes tables and names no more than 15 transactions",
    change: (source) => ({
      ...source,
      described: Effect.map(source.transactions ?? Effect.succeed(noTransactions), cut),
    }),
    breaks: ["transactions: many open transactions, with the tables"],
  },
  {
    name: "describes tables and sees no transactions",
    change: (source) => ({ ...source, described: Effect.succeed(noTransactions) }),
    breaks: [
      "transactions: an open transaction, with the tables",
      "transactions: many open transactions, with the tables",
    ],
  },
  {
    name: "describes tables and tells nothing of transactions",
    change: (source) => ({ ...source, described: Effect.undefined }),
    breaks: [
      "transactions: an open transaction, with the tables",
      "transactions: many open transactions, with the tables",
    ],
  },
  {
    name: "sees transactions for ever",
    change: (() => {
      const seen = new Set<string>()
      return (source) => ({
        ...source,
        transactions: Effect.map(source.transactions ?? Effect.succeed(noTransactions), ({ next, open }) => {
          for (const id of open) seen.add(id)
          return { next, open: [...seen] }
        }),
      })
    })(),
    breaks: ["transactions: an open transaction"],
  },
]

import type { LookupRequest } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { asksFor, type Mutation } from "./change.ts"

/** Whether a request is by columns of a type that the toy alone has. */
const isBy = ({ table }: Pick<LookupRequest, "table">, names: ReadonlyArray<string>, sourceType: string): boolean =>
  table.columns.some((column) => column.sourceType === sourceType && names.includes(column.name))

/** What is wrong with keys of declared types alone. */
export const typedKeys: ReadonlyArray<Mutation> = [
  {
    name: "looks for numbers where a key reads like one, and so misses texts",
    change: (source) => ({
      ...source,
      lookup: (request) => {
        const keys = request.keys.filter(([value = ""]) => !isBy(request, request.key, "loose") || !/^\d+$/.test(value))
        return source.lookup({ ...request, keys })
      },
    }),
    breaks: ["lookup: keys of the declared types"],
  },
  {
    name: "finds nothing by a type that it reads no rows by",
    change: (source) => ({
      ...source,
      lookup: (request) => (isBy(request, request.key, "sealed") ? Effect.succeed([]) : source.lookup(request)),
    }),
    breaks: ["lookup: keys of the declared types"],
  },
  {
    name: "compares moments with the text that it gave for them",
    change: asksFor((request) =>
      isBy(request, request.order, "moment") && request.after !== undefined
        ? { ...request, after: request.after.map((value) => value.replace(/^2024/, "2025")) }
        : request,
    ),
    breaks: ["paging: keys of the declared types"],
  },
  {
    name: "sums up no counters",
    change: (source) => ({
      ...source,
      summarize: (request) =>
        isBy(request, [request.key[0]?.name ?? ""], "counter")
          ? Effect.succeed({ count: "0", sum: "0", squares: "0" })
          : (source.summarize?.(request) ?? Effect.undefined),
    }),
    breaks: ["summaries: keys of the declared types"],
  },
]

import type { DigestRequest, RangeDigest, ReadRequest } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { digestBy, hashOf } from "../toy/digests.ts"
import type { Change } from "../toy/source.ts"
import { asksFor, givesPages, type Mutation } from "./change.ts"

const asks =
  (change: (request: DigestRequest) => DigestRequest): Change =>
  (source) => ({ ...source, digest: (request) => source.digest?.(change(request)) ?? Effect.never })

const gives =
  (change: (digests: ReadonlyArray<RangeDigest>) => ReadonlyArray<RangeDigest>): Change =>
  (source) => ({
    ...source,
    digest: (request) =>
      Effect.map(source.digest?.(request) ?? Effect.never, (found) => (found === undefined ? found : change(found))),
  })

/** A toy that hashes other rows than it has. */
const hashes =
  (change: (row: ReadonlyArray<string | null>) => ReadonlyArray<string | null>): Change =>
  (source) => ({
    ...source,
    read: (request) =>
      Effect.map(source.read({ ...request, hashed: false }), (page) =>
        request.hashed === true ? { ...page, rows: page.rows.map((row) => [...row, hashOf(change(row))]) } : page,
      ),
    digest: digestBy((request) =>
      Effect.map(source.read(request), (page) => ({
        ...page,
        rows: page.rows.map((row) => [
          ...row.slice(0, request.order.length),
          ...change(row.slice(request.order.length)),
        ]),
      })),
    ),
  })

const withoutSpans = ({ spans: _spans, ...request }: ReadRequest): ReadRequest => request

/** What is wrong with how ranges are digested. */
export const digests: ReadonlyArray<Mutation> = [
  {
    name: "hashes NULL as an empty text",
    change: hashes((row) => row.map((value) => value ?? "")),
    breaks: ["digests: changes", "digests: values of the declared types"],
  },
  {
    name: "hashes values without their borders",
    change: hashes((row) => [row.map((value) => value ?? "NULL").join("")]),
    breaks: ["digests: changes"],
  },
  {
    name: "hashes no more than the first value",
    change: hashes((row) => row.slice(0, 1)),
    breaks: ["digests: changes"],
  },
  {
    name: "gives the same digest whatever there is",
    change: gives((found) => found.map((one) => ({ ...one, digest: "1".repeat(16) }))),
    breaks: ["digests: changes", "digests: values of the declared types"],
  },
  {
    name: "digests without a look at where",
    change: asks((request) => ({ ...request, where: [] })),
    breaks: ["digests: where"],
  },
  {
    name: "takes a bound for the first key of the range above it",
    change: gives((found) => found.map((one) => ({ ...one, range: Math.max(0, one.range - 1) }))),
    breaks: ["digests: where"],
  },
  {
    name: "compares the first column of a key alone",
    change: asks((request) => ({
      ...request,
      bounds: request.bounds?.map((bound) => bound.slice(0, 1)),
    })),
    breaks: ["digests: keys of two columns"],
  },
  {
    name: "reads more than the spans",
    change: asksFor(withoutSpans),
    breaks: ["digests: where", "digests: keys of two columns", "digests: keys of the declared types"],
  },
  {
    name: "orders texts by UTF-16",
    change: asks((request) => ({
      ...request,
      bounds: request.bounds?.map((bound) => bound.map((value) => value.replace("\u{E000}", "\u{1F600}"))),
    })),
    breaks: ["digests: keys of two columns"],
  },
  {
    name: "gives rows without their hashes",
    change: givesPages((page, { hashed, columns }) =>
      hashed === true ? { ...page, rows: page.rows.map((row) => row.slice(0, columns.length)) } : page,
    ),
    breaks: ["digests: where", "digests: keys of the declared types"],
  },
]

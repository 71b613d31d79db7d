import { ConnectorError, type MadePage, type ReadRequest } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Change, ToyShape } from "../toy/source.ts"
import type { Mutation } from "./change.ts"

type Together = ToyShape["together"]

/** A toy that reads together in another way. */
const readsTogether =
  (change: (together: Together, source: ToyShape) => Together): Change =>
  (source) => ({ ...source, together: change(source.together, source) })

/** A toy that asks for other pages, where it asks for them together. */
const asksTogether = (change: (request: ReadRequest) => ReadRequest): Change =>
  readsTogether((together) => (requests) => together(requests.map(change)))

/** A toy that gives other pages, where it gives them together. */
const givesTogether = (
  change: (
    pages: ReadonlyArray<MadePage | undefined>,
    requests: ReadonlyArray<ReadRequest>,
  ) => ReadonlyArray<MadePage | undefined>,
): Change =>
  readsTogether((together) => (requests) => Effect.map(together(requests), (pages) => change(pages, requests)))

/** Ends the run's reads once one of many has failed. */
const breaksOff: Change = (source) => {
  let isBroken = false
  const lost = new ConnectorError({ code: "unreachable", message: "the connection is lost" })
  return {
    ...source,
    read: (request) => (isBroken ? Effect.fail(lost) : source.read(request)),
    together: (requests) =>
      Effect.tap(source.together(requests), (pages) =>
        Effect.sync(() => {
          isBroken ||= pages.includes(undefined)
        }),
      ),
  }
}

export const together: ReadonlyArray<Mutation> = [
  {
    name: "reads nothing together",
    change: givesTogether((pages) => pages.map(() => undefined)),
    breaks: ["together: the pages that read gives", "together: many at once"],
  },
  {
    name: "moves up what follows a page that failed",
    change: givesTogether((pages) => {
      const there = pages.filter((page) => page !== undefined)
      return pages.map((_, place) => there[place])
    }),
    breaks: ["together: one that fails"],
  },
  {
    name: "leaves out a page that failed",
    change: givesTogether((pages) => pages.filter((page) => page !== undefined)),
    breaks: ["together: one that fails"],
  },
  {
    name: "fails whole where one page does",
    change: readsTogether((_, source) => (requests) => Effect.forEach(requests, (request) => source.read(request))),
    breaks: ["together: one that fails"],
  },
  {
    name: "gives no page behind one that failed",
    change: givesTogether((pages) => {
      const failed = pages.indexOf(undefined)
      return pages.map((page, place) => (failed < 0 || place < failed ? page : undefined))
    }),
    breaks: ["together: one that fails"],
  },
  {
    name: "gives no pages where the first one fails",
    change: givesTogether((pages) => (pages[0] === undefined ? pages.map(() => undefined) : pages)),
    breaks: ["together: one that fails"],
  },
  {
    name: "gives no pages where the last one fails",
    change: givesTogether((pages) => (pages.at(-1) === undefined ? pages.map(() => undefined) : pages)),
    breaks: ["together: one that fails"],
  },
  {
    name: "gives an empty page for one that failed",
    change: givesTogether((pages) => pages.map((page) => page ?? { rows: [], bytes: 0, done: true })),
    breaks: ["together: one that fails"],
  },
  {
    name: "reads no more once one of many has failed",
    change: breaksOff,
    breaks: ["together: one that fails"],
  },
  {
    name: "gives the pages in the order of their tables' names",
    change: readsTogether(
      (together) => (requests) =>
        together(requests.toSorted((a, b) => (a.table.name.name < b.table.name.name ? -1 : 1))),
    ),
    breaks: ["together: the pages that read gives", "together: many at once"],
  },
  {
    name: "gives the same page whenever a table is asked for again",
    change: givesTogether((pages, requests) =>
      requests.map(({ table }) => pages[requests.findIndex((one) => one.table.name.name === table.name.name)]),
    ),
    breaks: ["together: the pages that read gives", "together: many at once"],
  },
  {
    name: "reads together without a look at maxBytes",
    change: asksTogether((request) => ({ ...request, maxBytes: 1e9 })),
    breaks: ["together: the pages that read gives", "together: wide rows"],
  },
  {
    name: "bounds together by the largest maxBytes",
    change: readsTogether(
      (together) => (requests) =>
        together(
          requests.map((request) => ({ ...request, maxBytes: Math.max(...requests.map(({ maxBytes }) => maxBytes)) })),
        ),
    ),
    breaks: ["together: the pages that read gives", "together: wide rows"],
  },
  {
    name: "reads together without a look at where",
    change: asksTogether((request) => ({ ...request, where: [] })),
    breaks: ["together: the pages that read gives"],
  },
  {
    name: "reads first pages alone together",
    change: asksTogether((request) => ({ ...request, after: undefined })),
    breaks: ["together: the pages that read gives", "together: many at once"],
  },
  {
    name: "reads together in the order of the key",
    change: asksTogether((request) => ({ ...request, order: request.table.key, after: undefined })),
    breaks: ["together: the pages that read gives"],
  },
  {
    name: "tells of pages that it reads together that they are done",
    change: givesTogether((pages) => pages.map((page) => page && { ...page, done: true })),
    breaks: ["together: the pages that read gives"],
  },
  {
    name: "counts no bytes of pages that it reads together",
    change: givesTogether((pages) => pages.map((page) => page && { ...page, bytes: 0 })),
    breaks: ["together: wide rows"],
  },
  {
    name: "takes lost pages for empty ones",
    change: readsTogether(
      (together) => (requests) =>
        Effect.catchCause(together(requests), () =>
          Effect.succeed(requests.map(() => ({ rows: [], bytes: 0, done: true }))),
        ),
    ),
    breaks: ["errors: a connection that is cut while pages come together"],
  },
  {
    name: "does not know what happened to pages that it lost",
    change: readsTogether(
      (together) => (requests) =>
        Effect.mapError(together(requests), () => new ConnectorError({ code: "unknown", message: "no pages" })),
    ),
    breaks: ["errors: a connection that is cut while pages come together"],
  },
  {
    name: "reads no more than 50 pages together",
    change: givesTogether((pages) => pages.map((page, place) => (place < 50 ? page : undefined))),
    breaks: ["together: many at once"],
  },
  {
    name: "gives a page for no requests",
    change: givesTogether((pages) => (pages.length === 0 ? [undefined] : pages)),
    breaks: ["together: no requests"],
  },
  {
    name: "fails where nothing is asked for",
    change: readsTogether(
      (together) => (requests) =>
        requests.length === 0
          ? Effect.fail(new ConnectorError({ code: "unknown", message: "the statement is empty" }))
          : together(requests),
    ),
    breaks: ["together: no requests"],
  },
]

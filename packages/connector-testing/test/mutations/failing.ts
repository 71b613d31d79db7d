import { ConnectorError, type MadePage, type ReadRequest } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Change } from "../toy/source.ts"
import { asksFor, fails, givesPages, type Mutation, reads } from "./change.ts"
import { orderOf } from "./pages.ts"

const empty: MadePage = { rows: [], done: true, bytes: 0 }

const emptyFor = (code: ConnectorError["code"]) =>
  reads((source, request) =>
    Effect.catchIf(
      source.read(request),
      (error) => error.code === code,
      () => Effect.succeed(empty),
    ),
  )

const leak = (name: string, show: (error: ConnectorError, password: string) => ConnectorError): Mutation => ({
  name: `shows its password ${name}`,
  change: fails(show),
  breaks: ["errors: no secret anywhere"],
})

export const failing: ReadonlyArray<Mutation> = [
  {
    name: "does not know what happened",
    flaws: { isVague: true },
    breaks: [
      "errors: a wrong password",
      "errors: a wrong database",
      "errors: a table that is gone",
      "errors: a column that is gone",
      "errors: a table that may not be read",
      "errors: a source that takes too long",
      "errors: a server that is not there",
      "errors: a connection that is cut in the middle of a page",
    ],
  },
  {
    name: "takes a missing table for an empty one",
    change: emptyFor("table-missing"),
    breaks: ["errors: a table that is gone"],
  },
  {
    name: "takes a missing column for NULL",
    change: reads((source, request) => {
      const known = request.columns.filter(({ name }) => name !== "kit_no_column")
      return Effect.map(source.read({ ...request, columns: known }), (page) => ({
        ...page,
        rows: page.rows.map((row) => (known.length < request.columns.length ? [...row, null] : row)),
      }))
    }),
    breaks: ["errors: a column that is gone"],
  },
  {
    name: "takes a forbidden table for an empty one",
    change: emptyFor("forbidden"),
    breaks: ["errors: a table that may not be read"],
  },
  {
    name: "takes a cut answer for a whole one",
    flaws: { isGullible: true },
    breaks: ["errors: a connection that is cut in the middle of a page"],
  },
  {
    name: "begins anew after a loss",
    change: reads((source, request) =>
      Effect.catch(source.read(request), () => source.read({ ...request, after: undefined })),
    ),
    breaks: ["errors: a connection that is lost between two pages"],
  },
  {
    name: "waits for ever",
    flaws: { isPatient: true },
    breaks: ["errors: a server that falls silent"],
  },
  leak("in messages", (error, password) => new ConnectorError({ ...error, message: `${error.message} ${password}` })),
  leak("in a hint", (error, password) => new ConnectorError({ ...error, message: error.message, hint: password })),
  leak("in a cause", (error, password) => Object.assign(error, { cause: new Error(`driver: ${password}`) })),
  leak("in a URL, encoded", (error, password) =>
    Object.assign(error, { config: { url: `toy://toy:${encodeURIComponent(password)}@host` } }),
  ),
  leak("in base64", (error, password) =>
    Object.assign(error, { header: `Basic ${Buffer.from(password).toString("base64")}` }),
  ),
]

/** Takes for granted that all rows are as wide as the first ones. */
const byFirstWidth: Change = (source) => {
  let width: number | undefined
  return {
    ...source,
    read: (request) => {
      const limit = width === undefined ? request.limit : Math.max(1, Math.ceil(request.maxBytes / width))
      const asked = { ...request, limit: Math.min(limit, request.limit), maxBytes: 1e9 }
      return Effect.map(source.read(width === undefined ? request : asked), (page) => {
        if (page.rows.length > 0) width ??= Math.max(1, page.bytes / page.rows.length)
        return page
      })
    },
  }
}

/** Goes on reading once it has given a page. */
const onItsOwn: Change = (source) => {
  const goOn = (request: ReadRequest, page: MadePage): Effect.Effect<void, ConnectorError> => {
    const last = page.rows.at(-1)
    if (page.done || last === undefined) return Effect.void
    const next = { ...request, after: orderOf(request, last) }
    return Effect.flatMap(source.read(next), (more) => goOn(next, more))
  }
  return {
    ...source,
    read: (request) =>
      Effect.tap(source.read(request), (page) => Effect.forkDetach(Effect.ignore(goOn(request, page)))),
  }
}

export const wasteful: ReadonlyArray<Mutation> = [
  { name: "connects before it is asked", flaws: { isEager: true }, breaks: ["resources: the connection"] },
  { name: "connects for every question", flaws: { isWasteful: true }, breaks: ["resources: the connection"] },
  { name: "keeps the connection open", flaws: { isLeaky: true }, breaks: ["resources: the connection"] },
  {
    name: "keeps a connection open that was interrupted",
    flaws: { isStubborn: true },
    breaks: ["resources: interruption"],
  },
  {
    name: "ignores maxBytes",
    change: asksFor((request) => ({ ...request, maxBytes: 1e9 })),
    breaks: ["resources: wide rows", "resources: no reading ahead"],
  },
  {
    name: "takes all rows to be as wide as the first",
    change: byFirstWidth,
    breaks: ["resources: rows that become wide"],
  },
  {
    name: "reads on while nobody asks",
    change: onItsOwn,
    breaks: ["resources: a slow consumer"],
  },
  {
    name: "does not count bytes",
    change: givesPages((page) => ({ ...page, bytes: 0 })),
    breaks: ["resources: wide rows"],
  },
  {
    name: "fetches everything and throws most of it away",
    change: reads((source, request) =>
      Effect.map(source.read({ ...request, maxBytes: 1e9 }), (page) => {
        const rows = page.rows.slice(0, 4)
        return { rows, done: page.done && rows.length === page.rows.length, bytes: rows.flat().join("").length }
      }),
    ),
    breaks: ["resources: no reading ahead"],
  },
]

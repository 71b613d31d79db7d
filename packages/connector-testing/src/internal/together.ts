import { type Page, type ReadRequest, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { same } from "./expect.ts"
import { notOffered } from "./made.ts"
import { makePage } from "./walk.ts"

/** What is to be compared of a page. */
const told = (request: ReadRequest, page: Page) =>
  Effect.map(makePage(request, page), ({ rows, done }) => ({ rows, length: page.length, last: page.last, done }))

/** Reads a page alone. */
export const readAlone = Effect.fnUntraced(function* (request: ReadRequest) {
  return yield* told(request, yield* (yield* Source).read(request))
})

/** Reads pages in one round trip, for each of the requests one or none. */
export const askTogether = Effect.fnUntraced(function* (requests: ReadonlyArray<ReadRequest>) {
  const { readMany } = yield* Source
  if (readMany === undefined) return yield* notOffered("the source reads one page in a round trip")
  const pages = yield* readMany(requests)
  yield* same(pages.length, requests.length, "How many answers came, of a page or of none.")
  return requests.map((request, place) => ({ request, page: pages[place] }))
})

/** The same, with the rows made, those of the last page first. */
export const readTogether = Effect.fnUntraced(function* (requests: ReadonlyArray<ReadRequest>) {
  const asked = yield* askTogether(requests)
  const made = yield* Effect.forEach(asked.toReversed(), ({ request, page }) =>
    page === undefined ? Effect.undefined : told(request, page),
  )
  return made.toReversed()
})

/** Goes on only where pages that are read together are those that are read alone. */
export const sameTogether = Effect.fnUntraced(function* (requests: ReadonlyArray<ReadRequest>, what: string) {
  const pages = yield* readTogether(requests)
  yield* same(pages, yield* Effect.forEach(requests, readAlone), what)
})

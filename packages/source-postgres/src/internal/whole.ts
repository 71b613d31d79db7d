import { beyondBound, type ConnectorError, type Reading, type WholeRequest } from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Door, Question, Take } from "./driver/open.ts"

/** The first page asks for so few rows, because nobody knows yet how wide they are. */
const firstRows = 100

const none: Take = { converts: [], types: [], bounds: [], maxBytes: Infinity }

/** A name of this project, which no statement of the transaction has beside. */
const cursor = "starbase_replication_whole"

const begin: Statement = { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", values: [] }

/**
 * Reads the rows of a statement by a cursor, as of one moment: all of it is one transaction, which a pooler keeps on one
 * session. The pin holds until its end.
 */
export const readByCursor = (
  hold: Door["hold"],
  { statement: { pin, ...statement }, take }: Question & { readonly statement: { readonly pin: Statement } },
  { table, pageRows, pageBytes, most }: WholeRequest,
): Effect.Effect<Reading, ConnectorError, Scope.Scope> =>
  Effect.gen(function* () {
    const { ask, release } = yield* hold
    let limit = Math.min(firstRows, pageRows)
    let left = most.bytes
    let state: "new" | "open" | "ended" = "new"

    const declare = Effect.gen(function* () {
      yield* ask({ statement: { ...pin, pin: begin }, take: none })
      const text = `DECLARE ${cursor} NO SCROLL CURSOR FOR ${statement.text}`
      yield* ask({ statement: { text, values: statement.values }, take: none })
      state = "open"
    })
    const end = Effect.gen(function* () {
      yield* ask({ statement: { text: "COMMIT", values: [] }, take: none })
      yield* release
      state = "ended"
    })
    const next = Effect.gen(function* () {
      if (state === "ended") return undefined
      if (state === "new") yield* declare
      const asked = limit
      const fetch: Statement = { text: `FETCH FORWARD ${asked} FROM ${cursor}`, values: [] }
      // What is beyond the bound shows that the table is too large, and is not kept.
      const { rows, bytes, complete } = yield* ask({ statement: fetch, take: { ...take, maxBytes: left + 1 } })
      if (!complete) return yield* beyondBound(table, { rows: 0, bytes: most.bytes + 1 }, most)
      left -= bytes
      if (rows.length === 0) {
        yield* end
        return undefined
      }
      limit = nextRows(asked, rows.length, bytes, pageRows, pageBytes)
      return rows
    })
    return { next }
  })

/** As many rows as make a page by the width of the last ones, and not at once many times as many. */
const nextRows = (asked: number, rows: number, bytes: number, pageRows: number, pageBytes: number): number =>
  Math.max(1, Math.min(pageRows, asked * 10, Math.floor((pageBytes * rows) / Math.max(1, bytes))))

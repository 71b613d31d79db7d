import { ConnectorError, type Row } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Identity } from "../Identity.ts"
import type { AnswerTo, RequestOf } from "../protocol.ts"
import type { Catalog } from "./catalog.ts"
import type { Ask } from "./database.ts"
import { entriesStatement, type Told, toValue, type Window } from "./entries.ts"

const Key = Schema.fromJsonString(Schema.Array(Schema.String))
const Printed = Schema.fromJsonString(
  Schema.Array(Schema.Array(Schema.NullOr(Schema.Union([Schema.String, Schema.Number])))),
)
const Found = Schema.Tuple([
  Schema.Int,
  Schema.String,
  Key,
  Schema.NullOr(Schema.Union([Schema.Literal(""), Printed])),
  Schema.Int,
])
const decode = Schema.decodeUnknownEffect(Schema.Array(Found))

/** So many entries, and about so many bytes of rows, one answer has at most. */
const most = { entries: 2000, bytes: 1_000_000 }

/** The answer where the log does not go back so far, or is another one. */
export const lost: AnswerTo<"changes"> = { changes: [], last: null, left: false, lost: true }

/** Whether a log has all that is asked for. */
export const hasAll = ({ epoch, open, trimmed }: Catalog, request: RequestOf<"changes">): boolean =>
  request.epoch === epoch && request.since >= trimmed && request.until < open

/** Reads a window of the log; see `entriesStatement`. */
export const readChanges = Effect.fn("Hub.changes")(function* (
  ask: Ask,
  told: ReadonlyArray<Told>,
  identity: Identity,
  { since, until, skip }: RequestOf<"changes">,
): Effect.fn.Return<AnswerTo<"changes">, ConnectorError> {
  const entries = yield* readEntries(ask, told, identity, { since, until, skip, ...most })
  const places = new Map(told.map(({ fed }, place) => [fed.name, place]))
  const changes: Array<AnswerTo<"changes">["changes"][number]> = []
  let last: AnswerTo<"changes">["last"] = null
  for (const [seq, name, key, printed] of entries) {
    const place: number = last === null ? skip + 1 : last[0] === seq ? last[1] + 1 : 1
    last = [seq, place]
    const at = places.get(name)
    if (at === undefined || printed === "") continue
    const columns = told[at]?.columns ?? []
    const row: Row | null = printed && printed.flat().map((value, column) => toValueAt(columns, column, value))
    changes.push([seq, at, place, key, row])
  }
  const total = entries[0]?.[4] ?? 0
  return { changes, last, left: total === most.entries || entries.length < total, lost: false }
})

/** A statement of more bytes a Durable Object might refuse. */
const longest = 80_000

/**
 * Reads the entries of a window, in one statement where that can be. Of so many columns that it cannot, tables are read by halves,
 * one after the other, and of either only what both have looked at.
 */
const readEntries = (
  ask: Ask,
  told: ReadonlyArray<Told>,
  identity: Identity,
  window: Window,
): Effect.Effect<ReadonlyArray<typeof Found.Type>, ConnectorError> =>
  Effect.gen(function* () {
    const statement = entriesStatement(told, identity, window)
    if (statement.length > longest && told.length > 1) {
      const middle = told.length >> 1
      const first = yield* readEntries(ask, told.slice(0, middle), identity, window)
      const second = yield* readEntries(ask, told.slice(middle), identity, window)
      return first.slice(0, second.length).map((entry, at) => (entry[3] === "" ? (second[at] ?? entry) : entry))
    }
    return yield* Effect.mapError(
      decode(yield* ask(statement)),
      () => new ConnectorError({ code: "store-unknown", message: "The hub's log of changes has something odd in it" }),
    )
  })

const toValueAt = (columns: Told["columns"], place: number, value: string | number | null) => {
  const column = columns[place]
  return column === undefined ? null : toValue(column, value)
}

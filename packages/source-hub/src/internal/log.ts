import {
  ConnectorError,
  formatTableName,
  type LoggedTable,
  type LogMessage,
  type LogRead,
  type LogRequest,
  type LogRow,
  type LogStanding,
  type SourceLog,
} from "@starbase-replication/core/source"
import type { AnswerTo } from "@starbase-replication/hub/protocol"
import * as Effect from "effect/Effect"
import type { Client } from "./client.ts"
import type { Hellos } from "./hellos.ts"
import { isPast, parsePlace, printPlace } from "./position.ts"

type Hello = AnswerTo<"hello">
type Change = AnswerTo<"changes">["changes"][number]

const toLogged = ({ columns, key, generation }: Hello["tables"][number]): LoggedTable => ({
  member: generation,
  identity: key,
  columns: columns.map(({ name }) => name),
  isFiltered: false,
  parts: [],
  madeBy: [],
  attached: [],
  unlike: [],
})

const toStanding = ({ epoch, seq, trimmed, tables }: Hello): LogStanding => ({
  state: "ready",
  kept: printPlace({ epoch, seq: trimmed }),
  end: printPlace({ epoch, seq }),
  publication: epoch,
  held: 0,
  safe: null,
  keeping: "ready",
  holds: undefined,
  // Of a table without a key no row's change is logged.
  tables: new Map(
    tables.filter(({ key }) => key.length > 0).map((table) => [formatTableName({ name: table.name }), toLogged(table)]),
  ),
  dangers: [],
})

/** The hub's log of changes. It keeps it for nobody in particular: whoever has missed too much of it begins anew. */
export const makeLog = (client: Client, hellos: Hellos, every: number): SourceLog => {
  const end = Effect.map(hellos.next, ({ epoch, seq }) => printPlace({ epoch, seq }))
  return {
    every,
    slot: undefined,
    vouches: true,
    standing: () => Effect.map(hellos.next, toStanding),
    keep: end,
    now: end,
    drop: Effect.void,
    confirm: () => Effect.void,
    isPast,
    parse: (text) => (parsePlace(text) === undefined ? undefined : text),
    setUp: () => "",
    read: (request, take) => readLog(client, hellos, request, take),
  }
}

/** A change as the log's readers are told of it; of a row that is gone only the key is known. */
const toMessage = (
  { columns }: LogRequest["tables"][number],
  keyColumns: ReadonlyArray<string>,
  [, table, place, key, row]: Change,
): LogMessage => {
  if (row !== null) return { kind: "change", table, old: undefined, now: row, isAsDescribed: true, place }
  const old: LogRow = columns.map(({ name }) => {
    const at = keyColumns.indexOf(name)
    return at === -1 ? undefined : (key[at] ?? "")
  })
  return { kind: "change", table, old, now: undefined, isAsDescribed: true, place }
}

const readLog = Effect.fnUntraced(function* (
  client: Client,
  hellos: Hellos,
  request: LogRequest,
  take: (messages: ReadonlyArray<LogMessage>) => Effect.Effect<boolean, ConnectorError>,
): Effect.fn.Return<LogRead | "lost", ConnectorError> {
  const { tables: known, last, ...hello } = yield* hellos.last
  const [from, until] = [parsePlace(request.from), parsePlace(request.end)]
  if (from === undefined || until === undefined) {
    return yield* new ConnectorError({ code: "unknown", message: "A place in the hub's log was none of its own" })
  }
  const { epoch } = from
  // The hub has said already that nothing is there for us.
  if (last <= from.seq && printPlace(hello) === request.end) return { until: request.end, isWhole: true, isAll: true }
  const asked = request.tables.flatMap(({ table, columns }) => {
    const one = known.find(({ name }) => name === table.name.name)
    return one === undefined ? [] : [{ one, columns }]
  })
  const tables = asked.map(({ one, columns }) => ({
    table: one.name,
    generation: one.generation,
    columns: columns.map(({ name }) => name),
  }))
  // Places among those asked for, of which the hub may not have all any more.
  const placeOf = asked.map(({ one }) => request.tables.findIndex(({ table }) => table.name.name === one.name))

  /** The seq that was begun and not ended. */
  let begun: number | undefined
  const begin = (seq: number): LogMessage => {
    begun = seq
    const at = printPlace({ epoch, seq })
    return { kind: "begin", at, transaction: at, place: 0 }
  }
  const commit = (seq: number): LogMessage => {
    begun = undefined
    return { kind: "commit", end: printPlace({ epoch, seq }) }
  }

  const skippedAt = request.skip && parsePlace(request.skip.at)
  let since = skippedAt === undefined ? from.seq : skippedAt.seq - 1
  // The beginning is counted too.
  let skip = Math.max(0, (request.skip?.places ?? 1) - 1)
  for (;;) {
    const answer = yield* client.ask({ method: "changes", epoch, since, until: until.seq, skip, tables })
    if (answer.lost) return "lost"
    const messages: Array<LogMessage> = []
    for (const change of answer.changes) {
      const [seq, table] = change
      const { one } = asked[table] ?? {}
      const place = placeOf[table]
      const own = place === undefined ? undefined : request.tables[place]
      if (one === undefined || place === undefined || own === undefined) continue
      if (begun !== undefined && begun !== seq) messages.push(commit(begun))
      if (begun !== seq) messages.push(begin(seq))
      messages.push(toMessage(own, one.key, [seq, place, change[2], change[3], change[4]]))
    }
    const isOver = !answer.left || answer.last === null
    if (isOver && begun !== undefined) messages.push(commit(begun))
    if (messages.length > 0 && !(yield* take(messages))) {
      return { until: request.end, isWhole: false, isAll: false }
    }
    if (isOver || answer.last === null) return { until: request.end, isWhole: true, isAll: true }
    since = answer.last[0] - 1
    skip = answer.last[1]
  }
})

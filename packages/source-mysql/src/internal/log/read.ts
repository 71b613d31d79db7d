import {
  type ConnectorError,
  coversGtids,
  type Gtids,
  type LogMessage,
  type LogRead,
  type LogRequest,
  printGtids,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { OpenDump } from "../driver/open.ts"
import { dumpFrom, dumpPast } from "./commands.ts"
import { type Event, makeReadEvent } from "./events.ts"
import type { Layout } from "./layout.ts"
import { type Hint, isPastPlace, type Place, readHint } from "./positions.ts"
import { copyOf, holdsTransaction, isGtid } from "./transactions.ts"
import { Translate } from "./translate.ts"

/** About how many bytes of the log one read covers. */
const windowBytes = 32 * 1024 * 1024

/** What a read needs to know besides what it is asked for. */
export interface ReadOptions {
  readonly openDump: OpenDump
  readonly serverId: number
  /** What names the server. */
  readonly server: string
  readonly layoutOf: (table: string) => Layout | undefined
  /** Up to where what the log has can be seen by reads, too; undefined where `end` says so. */
  readonly visible: Place | undefined
  /** Asks where the log ends now. */
  readonly renew: Effect.Effect<{ readonly end: Gtids; readonly visible: Place | undefined }, ConnectorError>
}

/** Reads from a position up to where the log ends, telling nothing, and gives the position there. */
export const drainLog = (
  { openDump, serverId }: Pick<ReadOptions, "openDump" | "serverId">,
  from: Gtids,
): Effect.Effect<Gtids, ConnectorError> =>
  Effect.gen(function* () {
    const { statements, command } = startOf(from, serverId)
    const next = yield* openDump(statements, command)
    const readEvent = makeReadEvent()
    const request = { from: "", end: "", skip: undefined, tables: [] }
    const translate = new Translate({
      request,
      layoutOf: () => undefined,
      position: copyOf(from),
      server: "",
      last: undefined,
    })
    for (;;) {
      const events = yield* next
      if (events === undefined || events === "lost") {
        translate.finish()
        return translate.position
      }
      for (const event of events) translate.feed(readEvent(event))
    }
  }).pipe(Effect.scoped)

type Take = (messages: ReadonlyArray<LogMessage>) => Effect.Effect<boolean, ConnectorError>

/** Has the session answer with MariaDB's ids, and with a sign of life while it looks for the beginning. */
const session =
  "SET @master_binlog_checksum = 'NONE', @source_binlog_checksum = 'NONE', @mariadb_slave_capability = 4, @master_heartbeat_period = 5000000000, @source_heartbeat_period = 5000000000"

/** Reads from after a position up to the end, or a window; `lost` where the server has not got what comes then. */
export const readLog = Effect.fnUntraced(function* (
  options: ReadOptions,
  request: LogRequest,
  { from, end }: { readonly from: Gtids; readonly end: Gtids },
  take: Take,
): Effect.fn.Return<LogRead | "lost", ConnectorError> {
  const hint = readHint(request.from)
  if (hint !== undefined && hint.server === options.server) {
    const start = { statements: [session], command: dumpFrom(options.serverId, hint), hint }
    const found = yield* readOnce(options, request, { from, end }, take, start)
    // Another server may have something else there.
    if (found !== "lost") return found
  }
  return yield* readOnce(options, request, { from, end }, take, startOf(from, options.serverId))
})

/** Has a server look for where to begin. */
const startOf = (from: Gtids, serverId: number): Start =>
  from.kind === "mariadb"
    ? {
        statements: [session, `SET @slave_connect_state = '${printGtids(from)}'`],
        command: dumpFrom(serverId),
        hint: undefined,
      }
    : { statements: [session], command: dumpPast(serverId, from), hint: undefined }

/** How a dump begins: with `hint`, the first transaction is one that was passed. */
interface Start {
  readonly statements: ReadonlyArray<string>
  readonly command: Buffer
  readonly hint: Hint | undefined
}

/** Whoever prepares a transaction mostly commits it at once: a read waits so often for what was prepared within it. */
const momentsOfCommit = 5

const readOnce = (
  { openDump, serverId, server, layoutOf, visible, renew }: ReadOptions,
  request: LogRequest,
  { from, end }: { readonly from: Gtids; readonly end: Gtids },
  take: Take,
  { statements, command, hint }: Start,
): Effect.Effect<LogRead | "lost", ConnectorError> =>
  Effect.gen(function* () {
    const translate = new Translate({ request, layoutOf, position: copyOf(from), server, last: hint })
    let next = yield* openDump(statements, command)
    let readEvent = makeReadEvent()
    let limit = { end, visible }
    let moments = 0
    /** Whether the transaction that was passed is yet to come, and whether one goes by that was. */
    let isFirst = hint !== undefined
    let isPassing = false
    let bytes = 0
    const give = Effect.suspend(() => {
      const messages = translate.drain()
      return messages.length === 0 ? Effect.succeed(true) : take(messages)
    })
    const stopped = (): LogRead => ({ until: translate.until, isWhole: false, isAll: false })
    const isWaiting = () => translate.isHolding && moments < momentsOfCommit
    const goOn = Effect.gen(function* () {
      moments += 1
      yield* Effect.sleep("100 millis")
      limit = yield* renew
      const start = startOf(translate.position, serverId)
      next = yield* openDump(start.statements, start.command)
      readEvent = makeReadEvent()
    })
    reading: for (;;) {
      const events = yield* next
      if (events === "lost" || (events === undefined && isFirst)) return "lost"
      if (events === undefined && isWaiting()) {
        yield* goOn
        continue
      }
      if (events === undefined) return { until: translate.until, isWhole: true, isAll: true }
      for (const raw of events) {
        const event = readEvent(raw)
        if (isGtid(event)) {
          const isKnown = holdsTransaction(from, event)
          if (isFirst && !isKnown) return "lost"
          isPassing = isKnown && (isFirst || from.kind === "mysql")
          isFirst = false
          const isEnd = !isPassing && isPastEnd(event, limit, translate.place)
          if (isEnd || bytes > windowBytes) {
            translate.finish()
            if (!(yield* give)) return stopped()
            if (isEnd && isWaiting()) {
              yield* goOn
              continue reading
            }
            const isAll = isEnd && (from.kind === "mariadb" || coversGtids(translate.position, end))
            return { until: translate.until, isWhole: true, isAll }
          }
        }
        if (isPassing) {
          translate.pass(event)
        } else {
          bytes += raw.length
          translate.feed(event)
        }
      }
      if (!(yield* give)) return stopped()
    }
  }).pipe(Effect.scoped)

/** Whether a transaction is one that nobody needs to see yet. */
const isPastEnd = (
  event: Event,
  { end, visible }: { readonly end: Gtids; readonly visible: Place | undefined },
  place: Place | undefined,
): boolean => {
  if (end.kind === "mysql") return !holdsTransaction(end, event)
  return visible !== undefined && place !== undefined && isPastPlace({ file: place.file, at: event.end }, visible)
}

import {
  ConnectorError,
  coversGtids,
  formatTableName,
  type Gtids,
  type LogMessage,
  type LogStanding,
  parseGtids,
  printGtids,
  type Row,
  type SourceLog,
  type TableName,
  toMillis,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Settings } from "../../Settings.ts"
import type { OpenDump } from "../driver/open.ts"
import { textLiteral } from "../literals.ts"
import { tableName } from "../sql.ts"
import type { Layout } from "./layout.ts"
import { type Place, readPosition } from "./positions.ts"
import { filtersStatement, partsOf, privilegesStatement, readFilters, readPrivileges } from "./privileges.ts"
import { drainLog, readLog } from "./read.ts"
import { readSettings, type ServerSettings, settingsStatement, unusable } from "./settings.ts"
import { cascaded, hasCascade, layoutStatement, readLayouts, type Told, toLogged } from "./tables.ts"

const defaultEvery = "5 seconds"

/** How often the log is read, in milliseconds. */
export const readEvery = ({ every = defaultEvery }: NonNullable<Settings["log"]>): number => toMillis(every)

/** Asks a statement whose answer has so many columns of texts. */
export type AskTexts = (statement: string, columns: number) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>

/** What a log is made with. */
export interface LogDoor {
  readonly askTexts: AskTexts
  readonly openDump: OpenDump
  readonly user: string
  readonly database: string
  readonly isPooled: boolean
}

/** How a server's log stands, and what it is like. */
interface Standing {
  readonly server: ServerSettings
  readonly end: Gtids
  readonly visible: Place | undefined
}

/** Numbers that servers of a replication hardly ever have: each read takes one of its own, and gives it back at once. */
const anyServerId = (): number => 2 ** 31 + Math.floor(Math.random() * (2 ** 31 - 1))

const mariadbEnd =
  "SELECT @@GLOBAL.gtid_binlog_pos, (SELECT GROUP_CONCAT(VARIABLE_VALUE ORDER BY VARIABLE_NAME SEPARATOR '\n') FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME IN ('BINLOG_SNAPSHOT_FILE', 'BINLOG_SNAPSHOT_POSITION'))"

/** How the user may read the log. */
const grantOf = (user: string): string => {
  const [name, host] = partsOf(user)
  const quoted = (part: string) => `'${part.replaceAll("'", "''")}'`
  return `GRANT REPLICATION SLAVE ON *.* TO ${quoted(name)}@${quoted(host)};`
}

/** The binlog of a MySQL or MariaDB server, of which it sends what there is and then says that there is no more. */
export const makeLog = (
  { serverId, ...settings }: NonNullable<Settings["log"]>,
  { askTexts, openDump, user, database, isPooled }: LogDoor,
): SourceLog => {
  let known: ServerSettings | undefined
  let standing: Standing | undefined
  /** The tables as they were when this run first asked, and those that are others by now. */
  const layouts = new Map<string, Layout>()
  const changed = new Set<string>()
  const statements = new Map<string, string>()
  const numbered = () => ({ openDump, serverId: serverId ?? anyServerId() })

  const named = (error: ConnectorError) =>
    error.code === "forbidden"
      ? Effect.flip(unusable(`the user may not read it`, `Run: ${grantOf(user)}`))
      : Effect.succeed(error)
  const mayRead = <A>(reading: Effect.Effect<A, ConnectorError>) =>
    Effect.catch(reading, (error) => Effect.flatMap(named(error), Effect.fail))

  const serverSettings = Effect.gen(function* () {
    if (known !== undefined) return known
    if (isPooled) {
      return yield* unusable("Hyperdrive passes on no log", "Connect to the server itself, or leave `log` out.")
    }
    const found = yield* readSettings(yield* askTexts(settingsStatement, 2))
    const { mayRead: isGranted, maySeeFilters } = readPrivileges(yield* askTexts(privilegesStatement, 2))
    // A role may give it, of which the server alone knows.
    if (!isGranted) yield* mayRead(Effect.flatMap(endOf(found), ({ end }) => drainLog(numbered(), end)))
    const filters = maySeeFilters
      ? readFilters(yield* askTexts(...filtersStatement(found.kind, found.version)))
      : undefined
    if (filters !== undefined) {
      return yield* unusable(
        `${filters}, so that not all changes are in it`,
        "Take it out of the server's configuration and restart the server; a replica may filter by its own settings.",
      )
    }
    known = found
    return found
  })

  const endOf = Effect.fnUntraced(function* ({ kind }: ServerSettings) {
    if (kind === "mysql") {
      const [row] = yield* askTexts("SELECT @@GLOBAL.gtid_executed, @@GLOBAL.gtid_purged", 2)
      const [end, purged] = (row ?? []).map((text) => parseGtids(text ?? "", "mysql"))
      if (end !== undefined && purged !== undefined) return { end, purged, visible: undefined }
      return yield* unusable(
        "the server's transactions have tags, which are not read here",
        "Leave `log` out, or give transactions no tags (SET gtid_next = 'AUTOMATIC').",
      )
    }
    const [row] = yield* askTexts(mariadbEnd, 2)
    const end = parseGtids(row?.[0] ?? "", "mariadb")
    const [file = "", at = ""] = (row?.[1] ?? "").split("\n")
    return end !== undefined && at !== ""
      ? { end, purged: undefined, visible: { file, at: Number(at) } }
      : yield* unusable("the server tells nothing of its log", "See that log_bin is on.")
  })

  const withCascades = Effect.fnUntraced(function* (told: Told) {
    if (!told.isUnsure) return told
    const key = `${formatTableName(told.layout)} ${told.layout.shape}`
    if (!statements.has(key)) {
      const [row] = yield* askTexts(`SHOW CREATE TABLE ${tableName(told.layout)}`, 2)
      statements.set(key, row?.[1] ?? "")
    }
    return hasCascade(statements.get(key) ?? "") ? { ...told, why: cascaded } : told
  })

  const standingOf = Effect.fnUntraced(function* (tables: ReadonlyArray<TableName>) {
    const server = yield* serverSettings
    const names = tables.map(({ schema = database, name }) => ({ schema, name }))
    // Before the end is asked for: what changes a table in between is in the log up to there.
    const told = names.length === 0 ? [] : readLayouts(yield* askTexts(layoutStatement(names), 9))
    const all = yield* Effect.forEach(told, withCascades)
    const { end, purged, visible } = yield* endOf(server)
    standing = { server, end, visible }
    for (const { layout } of told) {
      const name = formatTableName(layout)
      const first = layouts.get(name)
      if (first === undefined) layouts.set(name, layout)
      else if (first.shape !== layout.shape) changed.add(name)
    }
    const answer: LogStanding = {
      state: "ready",
      kept: purged && printGtids(purged),
      end: printGtids(end),
      publication: server.history,
      held: 0,
      safe: null,
      keeping: "binlog",
      holds: undefined,
      tables: new Map(all.map((one) => [formatTableName(one.layout), toLogged(one)])),
      dangers: [],
    }
    return answer
  })

  const read: SourceLog["read"] = Effect.fnUntraced(function* (request, take) {
    if (standing === undefined) yield* standingOf([])
    const from = standing && readPosition(request.from, standing.server.kind)
    if (standing === undefined || from === undefined) return "lost"
    const nameOf = (place: number) => formatTableName(request.tables[place]?.table.name ?? { name: "" })
    /** What a table is like that is not told any more, is found out anew. */
    const taking = (messages: ReadonlyArray<LogMessage>) => {
      for (const message of messages) {
        if (message.kind === "untold") for (const place of message.tables) layouts.delete(nameOf(place))
      }
      return take(messages)
    }
    const tables = request.tables.flatMap((_, place) => (changed.delete(nameOf(place)) ? [place] : []))
    // From which transaction on they are others, nobody knows.
    if (tables.length > 0 && !(yield* taking([{ kind: "untold", tables, place: 1 }]))) {
      return { until: request.from, isWhole: false, isAll: false }
    }
    const { end, visible, server } = standing
    if (coversGtids(from, end)) return { until: request.from, isWhole: true, isAll: true }
    const options = {
      ...numbered(),
      server: server.server,
      visible,
      renew: endOf(server),
      layoutOf: (table: string) => layouts.get(table),
    }
    return yield* mayRead(readLog(options, request, { from, end }, taking))
  })

  /** Where a read begins to see all that the log has up to there. */
  const visibleEnd = Effect.gen(function* () {
    const { end, visible } = yield* endOf(yield* serverSettings)
    if (visible === undefined) return printGtids(end)
    const [row] = yield* askTexts(`SELECT BINLOG_GTID_POS(${textLiteral(visible.file)}, ${visible.at})`, 1)
    const position = row?.[0] ?? undefined
    return position === undefined
      ? yield* new ConnectorError({ code: "source-busy", message: "The server has just begun another file of its log" })
      : position
  })

  return {
    every: readEvery(settings),
    slot: undefined,
    standing: standingOf,
    keep: visibleEnd,
    drop: Effect.void,
    confirm: () => Effect.void,
    now: Effect.gen(function* () {
      const { kind } = yield* serverSettings
      const { end } = yield* endOf(yield* serverSettings)
      // A transaction of MySQL's can be seen a moment before it is among those that are done.
      return printGtids(kind === "mysql" ? yield* mayRead(drainLog(numbered(), end)) : end)
    }),
    read,
    isPast: (position, other) => {
      const [one, two] = [parseGtids(position), parseGtids(other)]
      return one !== undefined && two !== undefined && coversGtids(one, two)
    },
    parse: (text) => {
      const gtids = text.trim() === "" ? undefined : parseGtids(text)
      return gtids && printGtids(gtids)
    },
    setUp: () =>
      `In the server's configuration: log_bin, binlog_format = ROW, binlog_row_image = FULL, at MySQL gtid_mode = ON too. Then: ${grantOf(user)}`,
  }
}

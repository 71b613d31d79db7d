import {
  ConnectorError,
  type LogMessage,
  type LogRequest,
  type SourceLog,
  type TableName,
  toMillis,
} from "@starbase-replication/core/source"
import type { Statement } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type { Door, RawRows } from "../driver/open.ts"
import { quote, uncached } from "../sql.ts"
import { decodeMessage } from "./decode.ts"
import { type Health, healthStatement, readHealth } from "./health.ts"
import { isPast, lsnNumber, lsnText } from "./lsn.ts"
import { blockMessages, fewMessages, Portions } from "./portions.ts"
import { makeTranslate } from "./relations.ts"
import type { Settings } from "../../Settings.ts"

/**
 * About how many bytes of the log one read covers: what a server reads again until its next checkpoint is of this order.
 * A server that is too slow for it is asked for less.
 */
const windows = [32n, 4n, 1n].map((megabytes) => megabytes * 1024n * 1024n)

/** How many bytes of a message come. What a replica can hold has fewer, and rows of others are looked up. */
const mostBytes = 8_000_000

const defaultEvery = "5 seconds"

/** How often the log is read, in milliseconds. */
export const readEvery = ({ every = defaultEvery }: NonNullable<Settings["log"]>): number => toMillis(every)

/** Whether all of some transactions can be seen. The log names them without what is the same for four billion of them. */
const visibleStatement = (transactions: ReadonlyArray<string>): Statement => ({
  text: `SELECT coalesce(bool_and(pg_visible_in_snapshot((s.next - s.next % 4294967296 + t.id + CASE
      WHEN t.id - s.next % 4294967296 > 2147483648 THEN -4294967296
      WHEN s.next % 4294967296 - t.id > 2147483648 THEN 4294967296 ELSE 0 END)::text::xid8, s.now)), true)::text
    FROM (SELECT pg_current_snapshot() AS now, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) AS s,
      unnest($1::bigint[]) AS t(id)
    WHERE ${uncached}`,
  values: [`{${transactions.join(",")}}`],
})

/** Rows of single texts, asked for by a statement. */
export type AskTexts = (
  statement: Statement,
) => Effect.Effect<ReadonlyArray<ReadonlyArray<string | null>>, ConnectorError>

/** A slot that somebody else has read a moment ago is free soon: another connection may not have ended yet. */
const soonFree = <A>(asked: Effect.Effect<A, ConnectorError>): Effect.Effect<A, ConnectorError> =>
  Effect.retry(asked, {
    while: ({ code }) => code === "source-busy",
    schedule: Schedule.spaced("200 millis"),
    times: 4,
  })

/** The log of a PostgreSQL server, read from a slot by plain statements, so that a pooler may stand between. */
export const makeLog = (
  settings: NonNullable<Settings["log"]>,
  { askTexts, stream, pin }: { readonly askTexts: AskTexts; readonly stream: Door["stream"]; readonly pin: Statement },
): SourceLog => {
  const { slot, publication } = settings
  let health: Health | undefined

  const publish = (tables: ReadonlyArray<TableName>) =>
    `CREATE PUBLICATION ${quote(publication)} FOR TABLE ${tables.map(({ schema, name }) => (schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`)).join(", ")} WITH (publish_via_partition_root = true);`

  const standing = Effect.gen(function* () {
    const [row] = yield* askTexts(healthStatement({ slot, publication }))
    const named = [{ schema: "…", name: "…" }]
    health = yield* readHealth(row?.[0] ?? null, { slot, publication }, publish(named))
    return health.standing
  })

  const drop = askTexts({
    text: `SELECT pg_drop_replication_slot(slot_name)::text FROM pg_replication_slots WHERE slot_name = $1 AND ${uncached}`,
    values: [slot],
  }).pipe(soonFree, Effect.asVoid)

  const text = (statement: Statement) => Effect.map(askTexts(statement), ([row]) => row?.[0] ?? "")

  /** Undefined where the transaction of which a part is to be skipped is not the next one. */
  const readOnce = Effect.fnUntraced(function* (
    windowBytes: bigint,
    request: LogRequest,
    take: (messages: ReadonlyArray<LogMessage>) => Effect.Effect<boolean, ConnectorError>,
  ) {
    const from = lsnNumber(request.from) ?? 0n
    const end = lsnNumber(request.end) ?? 0n
    const until = end - from > windowBytes ? from + windowBytes : end
    const skip = request.skip
    const toMessage = makeTranslate(
      request,
      (table) => health?.typesOf(table),
      (value) => value,
    )
    /** False while a transaction goes by that was applied before. */
    let isNew = false
    let isResumed = false
    const translate = Effect.fnUntraced(function* (rows: RawRows) {
      const messages: Array<LogMessage> = []
      for (const [place, bytes] of rows) {
        const told = decodeMessage(bytes ?? "")
        const message = toMessage(told, Number(place ?? 0))
        if (told.kind === "begin") isNew = told.final >= from
        if (message === undefined || !isNew) continue
        if (message instanceof ConnectorError) return yield* message
        if (message.kind === "begin") isResumed ||= message.at === skip?.at && message.place === 1
        messages.push(message)
      }
      return messages
    })

    const inbox = yield* Queue.unbounded<{ readonly rows: RawRows; readonly goOn: (next: number) => void } | "end">()
    const question = {
      statement: {
        pin,
        // The first row tells how large the others are.
        text: `WITH m AS MATERIALIZED (
            SELECT c.n, substr(c.data, 1, ${mostBytes}) AS data
            FROM pg_catalog.pg_logical_slot_peek_binary_changes($1, $2::pg_lsn, NULL, 'proto_version', '1', 'publication_names', $3)
              WITH ORDINALITY AS c(lsn, xid, data, n)
            WHERE c.n > $4::bigint OR get_byte(c.data, 0) IN (66, 82))
          SELECT (SELECT string_agg(concat(b.messages, ' ', b.bytes), ',' ORDER BY b.block)
            FROM (SELECT m.n / ${blockMessages} AS block, count(*) AS messages, sum(length(m.data)) AS bytes FROM m GROUP BY 1) AS b), NULL
          UNION ALL SELECT m.n::text, m.data FROM m`,
        values: [slot, lsnText(until), quote(publication), String(skip?.places ?? 0)],
      },
      rows: 1 + fewMessages,
      give: (rows: RawRows, goOn: (next: number) => void) => void Queue.offerUnsafe(inbox, { rows, goOn }),
    }
    const asked = yield* Effect.forkChild(
      Effect.ensuring(
        stream(question),
        Effect.sync(() => Queue.offerUnsafe(inbox, "end")),
      ),
    )
    const consume = Effect.gen(function* () {
      let isFirst = skip !== undefined
      let portions: Portions | undefined
      for (;;) {
        const next = yield* Queue.take(inbox)
        if (next === "end") return true
        const rows = portions === undefined ? next.rows.slice(1) : next.rows
        portions ??= new Portions(next.rows[0]?.[0] ?? null)
        portions.came(rows.length)
        const messages = yield* translate(rows)
        if (isFirst && messages.length > 0) {
          isFirst = false
          if (!isResumed) {
            next.goOn(0)
            return undefined
          }
        }
        const goesOn = messages.length === 0 || (yield* take(messages))
        next.goOn(goesOn ? portions.next() : 0)
        if (!goesOn) return false
      }
    })
    const isWhole = yield* Effect.onError(consume, () => Fiber.interrupt(asked))
    yield* Fiber.join(asked)
    return isWhole === undefined ? undefined : { until: lsnText(until), isAll: isWhole && until === end, isWhole }
  })
  const read: SourceLog["read"] = (request, take) => readWithin(windows, request, take)
  const readWithin = (
    [window = 0n, ...smaller]: ReadonlyArray<bigint>,
    request: LogRequest,
    take: (messages: ReadonlyArray<LogMessage>) => Effect.Effect<boolean, ConnectorError>,
  ): ReturnType<SourceLog["read"]> => {
    let hasTaken = false
    const taking = (messages: ReadonlyArray<LogMessage>) => {
      hasTaken = true
      return take(messages)
    }
    return readOnce(window, request, taking).pipe(
      // What is applied once more comes to the same.
      Effect.flatMap((found) =>
        found === undefined ? read({ ...request, skip: undefined }, take) : Effect.succeed(found),
      ),
      Effect.catchIf(
        ({ code }) => code === "timeout" && !hasTaken && smaller.length > 0,
        () => readWithin(smaller, request, take),
      ),
    )
  }

  return {
    every: readEvery(settings),
    slot,
    standing: () => Effect.suspend(() => standing),
    keep: Effect.andThen(
      drop,
      text({ text: `SELECT lsn::text FROM pg_create_logical_replication_slot($1, 'pgoutput')`, values: [slot] }),
    ).pipe(
      Effect.mapError((error) =>
        error.code === "timeout"
          ? new ConnectorError({
              code: "timeout",
              message: `The replication slot ${quote(slot)} could not be made in time: it waits for every open write transaction to end.`,
              hint: "It is tried again by itself; pg_stat_activity tells which transactions are open, pg_prepared_xacts which are prepared.",
            })
          : error,
      ),
    ),
    drop,
    confirm: (position) =>
      askTexts({
        text: `SELECT end_lsn::text FROM pg_replication_slot_advance($1, $2::pg_lsn) WHERE (SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1) < $2::pg_lsn`,
        values: [slot, position],
      }).pipe(soonFree, Effect.asVoid),
    areVisible: (transactions) => Effect.map(askTexts(visibleStatement(transactions)), ([row]) => row?.[0] === "true"),
    now: text({
      text: `SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text WHERE ${uncached}`,
      values: [],
    }),
    read: (request, take) => soonFree(read(request, take)),
    isPast,
    parse: (written) => {
      const lsn = lsnNumber(written)
      return lsn === undefined ? undefined : lsnText(lsn)
    },
    setUp: (tables) =>
      `The publication of the tables of the config, each of which must have a primary key or REPLICA IDENTITY FULL: ${publish(tables)}`,
  }
}

import { type LogMessage, type LogRequest, Source, type SourceLog } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { byUrl, withSource } from "./source.ts"
import type { Settings } from "../../src/Settings.ts"

/** Runs an effect with the log of a source. */
export const withLog = <A, E>(
  url: string,
  run: (log: SourceLog) => Effect.Effect<A, E, Source>,
  more: Partial<Settings> = {},
) =>
  Effect.runPromise(
    withSource(
      byUrl(url, { log: {}, ...more }),
      Effect.flatMap(Source, ({ log }) => (log === undefined ? Effect.die("no log") : run(log))),
    ),
  )

/** Where the log is now, as a place to begin from. */
export const here = (url: string, more: Partial<Settings> = {}): Promise<string> =>
  withLog(url, (log) => Effect.andThen(log.standing([]), log.keep), more)

/** All that the log tells of tables from a position on, with what a scan gives of them now. */
export const readAll = (
  url: string,
  names: ReadonlyArray<string>,
  {
    from,
    skip,
    isKeyOnly = true,
    ...more
  }: Partial<Settings> & { readonly from: string; readonly skip?: LogRequest["skip"]; readonly isKeyOnly?: boolean },
) =>
  withLog(
    url,
    Effect.fnUntraced(function* (log) {
      const source = yield* Source
      const described = yield* source.describe(names.map((name) => ({ name })))
      const tables = described.tables.flatMap((table) =>
        table === undefined
          ? []
          : [{ table, columns: table.columns, key: isKeyOnly ? table.key : table.columns.map(({ name }) => name) }],
      )
      const standing = yield* log.standing(tables.map(({ table }) => table.name))
      const messages: Array<LogMessage> = []
      const read = yield* log.read({ from, end: standing.end, skip, tables }, (some) =>
        Effect.sync(() => messages.push(...some) > 0),
      )
      return { messages, read, standing, tables }
    }),
    more,
  )

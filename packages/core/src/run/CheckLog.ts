import * as Effect from "effect/Effect"
import type { TableConfig } from "../config/TableConfig.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { LogStanding, SourceLog } from "../source/Log.ts"
import type { CheckResult } from "./CheckResult.ts"

/** What a check found out about a source's log. */
export interface CheckedLog {
  readonly tables: LogStanding["tables"]
  readonly dangers: ReadonlyArray<ConnectorError>
}

/**
 * Looks at a source's log, changing nothing. Where it cannot be read, the statements that set it up name the tables that the
 * config does; what breaks writes at the source is an error, because it does so from the moment of the publication on.
 */
export const checkLog = (log: SourceLog, tables: ReadonlyArray<TableConfig>) =>
  log.standing(tables.map(({ table }) => table)).pipe(
    Effect.map((standing): CheckedLog => ({
      tables: standing.tables,
      dangers: standing.dangers.map(
        (danger) =>
          new ConnectorError({
            code: "log-unusable",
            message: danger,
            hint: "Do so before anything else: the application's own writes fail until then.",
          }),
      ),
    })),
    Effect.mapError((error) =>
      error.code === "log-unusable"
        ? new ConnectorError({
            ...error,
            message: error.message,
            hint: `${error.hint ?? ""} ${log.setUp(tables.map(({ table }) => table))}`.trim(),
          })
        : error,
    ),
  )

/** The result that is about a source's log, and no table of the config. */
export const ofLog = (source: string, error: ConnectorError): CheckResult => ({
  table: "log",
  source,
  error: error.at({ source }).describe(),
})

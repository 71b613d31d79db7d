import type { SourceStatus } from "./sources.ts"
import type { TableStatus } from "./status.ts"

const label = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

interface Metric<Of> {
  readonly name: string
  readonly help: string
  readonly unit?: string
  readonly value: (of: Of) => number | null
}

const seconds = (time: string | null): number | null => (time === null ? null : Date.parse(time) / 1000)

const ofTables: ReadonlyArray<Metric<TableStatus>> = [
  {
    name: "starbase_replication_lag_seconds",
    help: "Seconds since the moment up to which the replica holds everything.",
    unit: "seconds",
    value: ({ lagSeconds }) => lagSeconds,
  },
  { name: "starbase_replication_rows", help: "Rows in the replica.", value: ({ rows }) => rows },
  {
    name: "starbase_replication_rejects",
    help: "Rows set aside because the replica cannot hold them.",
    value: ({ rejects }) => rejects,
  },
  { name: "starbase_replication_failures", help: "Failed runs in a row.", value: ({ failures }) => failures },
  {
    name: "starbase_replication_differences",
    help: "Rows that differed in the last verification.",
    value: ({ differences }) => differences,
  },
  {
    name: "starbase_replication_last_success_timestamp_seconds",
    help: "When a run last succeeded, in seconds since 1970.",
    unit: "seconds",
    value: ({ lastSuccessAt }) => seconds(lastSuccessAt),
  },
  {
    name: "starbase_replication_verified_timestamp_seconds",
    help: "When source and replica were last compared and found equal, in seconds since 1970.",
    unit: "seconds",
    value: ({ verifiedAt }) => seconds(verifiedAt),
  },
  {
    name: "starbase_replication_up",
    help: "1 where the table is neither failing nor paused, nor waits to be confirmed.",
    value: ({ state }) => (state === "failing" || state === "paused" || state === "waiting" ? 0 : 1),
  },
]

const ofSources: ReadonlyArray<Metric<SourceStatus>> = [
  {
    name: "starbase_replication_source_up",
    help: "1 where the source did not fail as a whole when it was last asked.",
    value: ({ circuit }) => (circuit === "closed" ? 1 : 0),
  },
  {
    name: "starbase_replication_source_failures",
    help: "Times in a row that the source failed as a whole.",
    value: ({ failures }) => failures,
  },
]

const ofLogs: ReadonlyArray<Metric<SourceStatus>> = [
  {
    name: "starbase_replication_log_held_bytes",
    help: "What the source keeps of its change log for this replica.",
    unit: "bytes",
    value: ({ log }) => log?.heldBytes ?? null,
  },
  {
    name: "starbase_replication_log_safe_bytes",
    help: "How much more the source keeps before it throws away what was not read.",
    unit: "bytes",
    value: ({ log }) => log?.safeBytes ?? null,
  },
  {
    name: "starbase_replication_log_level",
    help: "0 where the log is kept as it should be, 1 for a warning, 2 for an alarm.",
    value: ({ log }) => (log === null ? null : ["ok", "warning", "alarm"].indexOf(log.level)),
  },
]

const ofDatabase: Metric<number | null> = {
  name: "starbase_replication_database_bytes",
  help: "The size of the whole database, replicas and all else.",
  unit: "bytes",
  value: (bytes) => bytes,
}

/**
 * The state of all tables and sources in the OpenMetrics text format
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/).
 */
export const metricsOf = (
  tables: ReadonlyArray<TableStatus>,
  sources: ReadonlyArray<SourceStatus>,
  databaseBytes: number | null,
): string =>
  [
    ...ofTables.flatMap((metric) =>
      family(metric, tables, ({ table, source }) => `table="${label(table)}",source="${label(source)}"`),
    ),
    ...[...ofSources, ...(sources.some(({ log }) => log !== null) ? ofLogs : [])].flatMap((metric) =>
      family(metric, sources, ({ source }) => `source="${label(source)}"`),
    ),
    ...family(ofDatabase, [databaseBytes], () => ""),
    "# EOF\n",
  ].join("\n")

const braced = (labels: string): string => (labels === "" ? "" : `{${labels}}`)

const family = <Of>(
  { name, help, unit, value }: Metric<Of>,
  all: ReadonlyArray<Of>,
  labels: (one: Of) => string,
): ReadonlyArray<string> => [
  `# TYPE ${name} gauge`,
  ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
  `# HELP ${name} ${help}`,
  ...all.flatMap((one) => {
    const number = value(one)
    return number === null ? [] : [`${name}${braced(labels(one))} ${number}`]
  }),
]

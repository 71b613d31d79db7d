import type { TableStatus } from "./status.ts"

const label = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

interface Metric {
  readonly name: string
  readonly help: string
  readonly unit?: string
  readonly value: (table: TableStatus) => number | null
}

const gauges: ReadonlyArray<Metric> = [
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
    name: "starbase_replication_up",
    help: "1 where the table is neither failing nor paused.",
    value: ({ state }) => (state === "failing" || state === "paused" ? 0 : 1),
  },
]

/** The state of all tables in the OpenMetrics text format (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
export const metricsOf = (tables: ReadonlyArray<TableStatus>): string =>
  [
    ...gauges.flatMap(({ name, help, unit, value }) => [
      `# TYPE ${name} gauge`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${help}`,
      ...tables.flatMap((table) => {
        const number = value(table)
        return number === null
          ? []
          : [`${name}{table="${label(table.table)}",source="${label(table.source)}"} ${number}`]
      }),
    ]),
    "# EOF\n",
  ].join("\n")

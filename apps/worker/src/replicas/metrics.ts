import type { FleetSummary } from "@starbase-replication/plugin"
import type { Env } from "../Env.ts"
import { hubOf } from "./objects.ts"

interface Metric {
  readonly name: string
  readonly help: string
  readonly unit?: string
  readonly value: (summary: FleetSummary) => number | null
}

const prefix = "starbase_replication_fleet_"

const metrics: ReadonlyArray<Metric> = [
  { name: "replicas", help: "Replicas of this hub.", value: ({ count }) => count },
  { name: "seeded", help: "Replicas that were loaded whole.", value: ({ seeded }) => seeded },
  { name: "failing", help: "Replicas whose last pull failed.", value: ({ failing }) => failing },
  {
    name: "sweep_left",
    help: "Replicas that are still to be made, refreshed or deleted.",
    value: ({ sweep }) => sweep?.left ?? 0,
  },
  { name: "hints_sent", help: "Hints sent since the hub's object began.", value: ({ hints }) => hints.sent },
  ...(["p50", "p99", "max"] as const).map((share) => ({
    name: `lag_${share}_seconds`,
    help: `Seconds for which a replica has not been told a change that the hub has: ${share} of all.`,
    unit: "seconds",
    value: ({ lagSeconds }: FleetSummary) => lagSeconds[share],
  })),
]

const end = "# EOF\n"

/** Adds what is known of all replicas to metrics in the OpenMetrics text format. */
export const withFleet = async (response: Response, env: Env): Promise<Response> => {
  const text = await response.text()
  if (response.status !== 200 || !text.endsWith(end)) return new Response(text, response)
  const summary = await hubOf(env).fleet.summary()
  const lines = metrics.flatMap(({ name, help, unit, value }) => {
    const number = value(summary)
    return [
      `# TYPE ${prefix}${name} gauge`,
      ...(unit === undefined ? [] : [`# UNIT ${prefix}${name} ${unit}`]),
      `# HELP ${prefix}${name} ${help}`,
      ...(number === null ? [] : [`${prefix}${name} ${number}`]),
    ]
  })
  return new Response(`${text.slice(0, -end.length)}${lines.join("\n")}\n${end}`, response)
}

export const isMetrics = (request: Request): boolean =>
  request.method === "GET" && new URL(request.url).pathname === "/replicate/metrics"

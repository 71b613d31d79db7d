import { dollarsOf, type Fleet, needOf, ratesOf, secondsOfMonth } from "./arithmetic.ts"

/** What the page's fleets have in common. */
const common = { everySeconds: 5, staleSeconds: 5, rowsPerTenant: 100, bytesPerRow: 500, readsPerDay: 200 }

const heads = [
  "replicas",
  "rows changed in a second",
  "how they hear of it",
  "requests to the hub in a second",
  "hubs between",
  "rows written in a month",
  "$ a month",
  "$ a replica",
]

const whole = (value: number) => new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format(value)
const short = (value: number) => new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 }).format(value)

const rowOf = (fleet: Fleet): ReadonlyArray<string> => {
  const { hubRequests, written } = ratesOf(fleet)
  const { all } = dollarsOf(fleet)
  return [
    whole(fleet.tenants),
    short(fleet.changesPerSecond),
    fleet.isPushed ? "by a queue" : "when they are read",
    short(hubRequests),
    whole(needOf(fleet).tierHubs),
    `${short((written * secondsOfMonth) / 1e6)} million`,
    whole(all),
    short(all / fleet.tenants),
  ]
}

/** The page's table, as Markdown. */
export const fleetTable = (): string => {
  const rows = [1000, 10_000, 100_000].flatMap((tenants) =>
    [tenants / 10_000, tenants / 200].flatMap((changesPerSecond) =>
      [true, false].map((isPushed) => rowOf({ ...common, tenants, changesPerSecond, isPushed })),
    ),
  )
  const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
  return [line(heads), line(heads.map(() => "---:")), ...rows.map(line)].join("\n")
}

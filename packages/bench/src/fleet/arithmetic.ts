/** A fleet of replicas, one for each tenant, and what happens to it. */
export interface Fleet {
  readonly tenants: number
  /** Rows that change at the source in a second, in all tenants together. */
  readonly changesPerSecond: number
  /** How often the hub pulls its source, in seconds. */
  readonly everySeconds: number
  /** Queries of one tenant in a day. */
  readonly readsPerDay: number
  /** Whether changes are pushed by a queue; else a replica asks when it is read. */
  readonly isPushed: boolean
  /** How stale what a query reads may be, in seconds, where nothing is pushed. */
  readonly staleSeconds: number
  readonly rowsPerTenant: number
  readonly bytesPerRow: number
}

/** What it comes to, in a second. */
export interface Rates {
  /** Pulls of replicas, those that find something among them. */
  readonly pulls: number
  readonly fruitful: number
  /** Requests that the hub answers. */
  readonly hubRequests: number
  /** Messages of the queue. */
  readonly messages: number
  /** Rows that are written, at the hub and at the replicas. */
  readonly written: number
}

/** What one changed row writes at the hub: itself, its entry in the log, and that entry once it is trimmed. */
const writtenAtHub = 3
/** And at a replica; a pull that brings something writes its position too. */
const writtenAtReplica = 1
const writtenByPull = 1
/** An idle pull asks the hub once, one that finds something asks for that too. */
const requestsOfPull = 1
const requestsOfFind = 1

/** Changes that come independently of each other, to tenants that are alike, read at any time. */
export const ratesOf = (fleet: Fleet): Rates => {
  const { changesPerSecond, everySeconds, isPushed, readsPerDay, staleSeconds, tenants } = fleet
  const changes = changesPerSecond / tenants
  const reads = readsPerDay / 86_400
  // Of a tenant, whether anything changed between two pulls of the hub.
  const touched = 1 - Math.exp(-changes * everySeconds)
  const pushed = (tenants * touched) / everySeconds
  // The next pull is that of the first query after what was pulled has become stale.
  const between = reads === 0 ? Number.POSITIVE_INFINITY : staleSeconds + 1 / reads
  const asked = tenants / between
  // Whether a replica finds something that the hub has; it waits for the next read as long as it has to.
  const found = 1 - Math.exp(-changes * staleSeconds) * (reads / (reads + changes))
  const pulls = isPushed ? pushed : asked
  const fruitful = isPushed ? pushed : asked * (reads === 0 ? 0 : found)
  return {
    pulls,
    fruitful,
    hubRequests: pulls * requestsOfPull + fruitful * requestsOfFind,
    messages: isPushed ? pushed : 0,
    written: changesPerSecond * (writtenAtHub + writtenAtReplica) + fruitful * writtenByPull,
  }
}

/** An object answers about so many requests in a second; a hub is not to be at its end. */
const requestsOfHub = 500
const bytesOfObject = 10e9
const messagesOfQueue = 5000

/** What the platform needs to have for a fleet. */
export interface Need {
  /** Hubs between the first one and the replicas; none where that answers all by itself. */
  readonly tierHubs: number
  readonly queues: number
  /** Of the room that the hub's object has, how much the rows of all take. */
  readonly shareOfHub: number
}

export const needOf = (fleet: Fleet): Need => {
  const { hubRequests, messages } = ratesOf(fleet)
  return {
    tierHubs: hubRequests <= requestsOfHub ? 0 : Math.ceil(hubRequests / requestsOfHub),
    queues: Math.ceil(messages / messagesOfQueue),
    shareOfHub: (fleet.tenants * fleet.rowsPerTenant * fleet.bytesPerRow) / bytesOfObject,
  }
}

export const secondsOfMonth = 30 * 86_400
const million = 1_000_000
/** Dollars, as Cloudflare's paid plan lists them; what the plan includes is left out. */
const prices = {
  requests: 0.15 / million,
  written: 1 / million,
  messages: (3 * 0.4) / million,
  gigabyte: 0.2,
  gigabyteSecond: 12.5 / million,
}
/** An object that is at work is billed 128 MB; so long is one busy with a pull. */
const gigabytes = 0.128
const secondsOfPull = 0.03

/** What a month costs, in dollars. */
export const dollarsOf = (
  fleet: Fleet,
): Readonly<Record<"requests" | "written" | "messages" | "storage" | "duration" | "all", number>> => {
  const { hubRequests, messages, pulls, written } = ratesOf(fleet)
  const { readsPerDay, tenants } = fleet
  const { tierHubs } = needOf(fleet)
  const month = (perSecond: number, price: number) => perSecond * secondsOfMonth * price
  const reads = (tenants * readsPerDay) / 86_400
  const costs = {
    requests: month(hubRequests + pulls + reads, prices.requests),
    // Each hub between has all rows and a log of its own.
    written: month(written + tierHubs * fleet.changesPerSecond * writtenAtHub, prices.written),
    messages: month(messages, prices.messages),
    storage: ((2 + tierHubs) * tenants * fleet.rowsPerTenant * fleet.bytesPerRow * prices.gigabyte) / 1e9,
    duration: month((pulls + hubRequests) * secondsOfPull * gigabytes, prices.gigabyteSecond),
  }
  return { ...costs, all: Object.values(costs).reduce((sum, cost) => sum + cost, 0) }
}

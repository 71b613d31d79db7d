import { addSpan, type Gtids } from "@starbase-replication/core/source"
import { type Event, kinds, readMariadbGtid, readMysqlGtid } from "./events.ts"
import type { Place } from "./positions.ts"

/** Whether an event says which transaction comes. */
export const isGtid = ({ kind }: Event): boolean => kind === kinds.mariadbGtid || kind === kinds.gtid

/** Whether the transaction that comes is the last one of its domain in a position, or among those of a set. */
export const holdsTransaction = (position: Gtids, event: Event): boolean => {
  if (position.kind === "mariadb") {
    const { domain, server, number } = readMariadbGtid(event)
    const last = position.domains.get(domain)
    return last?.server === server && last.number === number
  }
  const { server, number } = readMysqlGtid(event.body)
  return position.servers.get(server)?.some(([first, last]) => first <= number && number <= last) === true
}

/** A position that can be changed without the other. */
export const copyOf = (position: Gtids): Gtids =>
  position.kind === "mariadb"
    ? { kind: "mariadb", domains: new Map(position.domains) }
    : { kind: "mysql", servers: new Map(position.servers) }

/** The transaction under way. */
export interface Transaction {
  readonly id: string
  /** Its id and its server: another one may have it in other pieces. */
  readonly at: string
  /** Adds it to the position. */
  readonly pass: () => void
  readonly start: Place | undefined
  /** Whether its end comes by itself. Without one, it is a single statement. */
  hasBegun: boolean
  /** Whether it is said by now that it is committed later. */
  readonly isPrepared: boolean
  /** The number of its event under way. */
  events: number
  /** The tables that it has changed so far. */
  readonly touched: Set<number>
  /** Whether anybody was told that it begins. */
  isTold: boolean
}

/** The transaction that an event says is to come; `position` is changed once it is passed. */
export const beginTransaction = (
  event: Event,
  position: Gtids,
  { server, start }: { readonly server: string; readonly start: Place | undefined },
): Transaction | undefined => {
  const made = (id: string, pass: () => void, is: Pick<Transaction, "hasBegun" | "isPrepared">): Transaction => ({
    ...is,
    id,
    at: `${id}@${server}`,
    pass,
    start,
    events: 0,
    touched: new Set(),
    isTold: false,
  })
  if (event.kind === kinds.mariadbGtid && position.kind === "mariadb") {
    const { domain, server: by, number, isAlone, isPrepared } = readMariadbGtid(event)
    const pass = () => void position.domains.set(domain, { server: by, number })
    return made(`${domain}-${by}-${number}`, pass, { hasBegun: !isAlone, isPrepared })
  }
  if (event.kind === kinds.gtid && position.kind === "mysql") {
    const { server: by, number } = readMysqlGtid(event.body)
    return made(`${by}:${number}`, () => addSpan(position, by, [number, number]), {
      hasBegun: false,
      isPrepared: false,
    })
  }
  return undefined
}

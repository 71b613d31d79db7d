import type { Gtids } from "@starbase-replication/core/source"
import { type Event, kinds, readMariadbGtid, readMysqlGtid } from "./events.ts"

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

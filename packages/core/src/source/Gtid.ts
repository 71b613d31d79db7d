/**
 * Positions of the binlogs of MariaDB and MySQL, by global transaction ids. MariaDB's name the last transaction of each
 * domain (`0-1-42,1-2-7`), MySQL's all transactions of each server (`uuid:1-5:8`). After a space may stand where a server
 * found it, which is a hint and compares with nothing.
 */
export type Gtids = MariadbGtids | MysqlGtids

export interface MariadbGtids {
  readonly kind: "mariadb"
  /** The server and number of the last transaction of each domain. */
  readonly domains: Map<number, { readonly server: number; readonly number: bigint }>
}

export interface MysqlGtids {
  readonly kind: "mysql"
  /** Of each server, spans of numbers in their order, first and last, which do not touch. */
  readonly servers: Map<string, ReadonlyArray<Span>>
}

export type Span = readonly [first: bigint, last: bigint]

const mariadbForm = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/
const serverForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const spanForm = /^(\d{1,19})(?:-(\d{1,19}))?$/

/** Reads a position; undefined for a text that is none. The empty one is before all transactions, of either kind. */
export const parseGtids = (text: string, empty: Gtids["kind"] = "mariadb"): Gtids | undefined => {
  const trimmed = text.trim().replace(/ \S+:\d+@\w+$/, "")
  const parts = trimmed === "" ? [] : trimmed.split(/\s*,\s*/)
  const isMysql = parts.length === 0 ? empty === "mysql" : trimmed.includes(":")
  return isMysql ? parseMysql(parts) : parseMariadb(parts)
}

const parseMariadb = (parts: ReadonlyArray<string>): MariadbGtids | undefined => {
  const domains: MariadbGtids["domains"] = new Map()
  for (const part of parts) {
    const [, domain, server, number] = mariadbForm.exec(part) ?? []
    if (domain === undefined || server === undefined || number === undefined) return undefined
    domains.set(Number(domain), { server: Number(server), number: BigInt(number) })
  }
  return { kind: "mariadb", domains }
}

const parseMysql = (parts: ReadonlyArray<string>): MysqlGtids | undefined => {
  const gtids: MysqlGtids = { kind: "mysql", servers: new Map() }
  for (const part of parts) {
    const [server = "", ...spans] = part.toLowerCase().split(":")
    if (!serverForm.test(server) || spans.length === 0) return undefined
    for (const span of spans) {
      const [, first, last = first] = spanForm.exec(span.trim()) ?? []
      if (first === undefined || last === undefined || BigInt(first) > BigInt(last)) return undefined
      addSpan(gtids, server, [BigInt(first), BigInt(last)])
    }
  }
  return gtids
}

/** Adds transactions of a server. */
export const addSpan = ({ servers }: MysqlGtids, server: string, added: Span): void => {
  const before = servers.get(server) ?? []
  const last = before.at(-1)
  if (last !== undefined && added[0] === last[1] + 1n) {
    servers.set(server, [...before.slice(0, -1), [last[0], added[1]]])
    return
  }
  let [first, end] = added
  const apart: Array<Span> = []
  for (const span of before) {
    if (span[1] + 1n < first || end + 1n < span[0]) apart.push(span)
    else {
      first = span[0] < first ? span[0] : first
      end = span[1] > end ? span[1] : end
    }
  }
  servers.set(
    server,
    [...apart, [first, end] as const].toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
  )
}

export const printGtids = (gtids: Gtids): string =>
  gtids.kind === "mariadb"
    ? Array.from(gtids.domains, ([domain, { server, number }]) => `${domain}-${server}-${number}`).join(",")
    : Array.from(gtids.servers, ([server, spans]) =>
        [server, ...spans.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`))].join(":"),
      ).join(",")

/** Whether all transactions of the second position are among those of the first. */
export const coversGtids = (position: Gtids, other: Gtids): boolean => {
  if (position.kind === "mariadb" && other.kind === "mariadb") {
    return [...other.domains].every(([domain, { number }]) => (position.domains.get(domain)?.number ?? 0n) >= number)
  }
  if (position.kind === "mysql" && other.kind === "mysql") {
    return [...other.servers].every(([server, spans]) =>
      spans.every(([first, last]) => position.servers.get(server)?.some(([from, to]) => from <= first && last <= to)),
    )
  }
  return other.kind === "mariadb" ? other.domains.size === 0 : other.servers.size === 0
}

import type { SweepOrder } from "../../src/sync/Sweep.ts"
import type { Transactions } from "../../src/source/Transactions.ts"

/** A row as it was written: by which transaction, with which cursor value, in which part of the table. */
export interface Version {
  readonly xid: number
  readonly value: number
  readonly cursor: number
  readonly part: string
}

type Writes = Map<number, Version>

/** A transaction or a savepoint in it: what it has written, and its id once it has written anything. */
interface Scope {
  xid: number | undefined
  readonly writes: Writes
}

/**
 * A source in miniature whose rows tell who wrote them, as PostgreSQL's do: a transaction takes an id with its first write,
 * each savepoint in it a later one of its own, of which the list of those in flight tells nothing.
 */
export class Ledger {
  next = 3
  clock = 1_000_000
  /** Whether it is asked as a standby, which knows the lowest id alone. */
  isStandby = false
  readonly rows: Writes = new Map()
  readonly parts: Array<string> = ["main"]
  /** The rows of parts that are no part of the table now. */
  readonly away = new Map<string, Writes>()
  readonly #sessions = new Map<number, Array<Scope>>()
  readonly #prepared: Array<Array<Scope>> = []
  #values = 0

  transactions(): Transactions {
    const open = [...this.#sessions.values(), ...this.#prepared].flatMap(([top]) => top?.xid ?? [])
    const [next, lowest] = [String(this.next), Math.min(this.next, ...open)]
    const history = "a cluster 1"
    if (!this.isStandby) return { next, open: open.map(String), history }
    return { next, open: [], history, ...(lowest < this.next ? { unsureFrom: String(lowest) } : {}) }
  }

  /** Opens a transaction, or a savepoint in the one that is open. */
  begin(session: number): void {
    const scopes = this.#sessions.get(session) ?? []
    this.#sessions.set(session, [...scopes, { xid: undefined, writes: new Map() }])
  }

  /** Writes rows in the innermost scope; a row that another transaction has written waits, and is left here. */
  write(session: number, keys: ReadonlyArray<number>, cursor: number): void {
    if (!this.#sessions.has(session)) {
      this.begin(session)
      this.write(session, keys, cursor)
      this.commit(session)
      return
    }
    const scopes = this.#sessions.get(session) ?? []
    const others = [...this.#sessions.values(), ...this.#prepared].filter((one) => one !== scopes)
    const isHeld = (key: number) => others.some((one) => one.some(({ writes }) => writes.has(key)))
    for (const key of keys.filter((one) => !isHeld(one))) {
      // An outer scope has its id before an inner one.
      for (const scope of scopes) scope.xid ??= this.next++
      const part = this.parts[key % this.parts.length] ?? "main"
      const version = { xid: scopes.at(-1)?.xid ?? 0, value: this.#values++, cursor, part }
      scopes.at(-1)?.writes.set(key, version)
    }
  }

  /** Ends the innermost savepoint, or does nothing where there is none. */
  endSavepoint(session: number, how: "release" | "roll back"): void {
    const scopes = this.#sessions.get(session) ?? []
    if (scopes.length < 2) return
    const inner = scopes.at(-1)
    this.#sessions.set(session, scopes.slice(0, -1))
    if (how === "roll back") return
    for (const [key, version] of inner?.writes ?? []) scopes.at(-2)?.writes.set(key, version)
  }

  commit(session: number): void {
    this.#show(this.#sessions.get(session) ?? [])
    this.#sessions.delete(session)
  }

  rollBack(session: number): void {
    this.#sessions.delete(session)
  }

  prepare(session: number): void {
    const scopes = this.#sessions.get(session)
    if (scopes !== undefined) this.#prepared.push(scopes)
    this.#sessions.delete(session)
  }

  commitPrepared(): void {
    this.#show(this.#prepared.shift() ?? [])
  }

  /** Ends all, so that nothing is in flight. */
  settle(): void {
    for (const session of this.#sessions.keys()) this.commit(session)
    while (this.#prepared.length > 0) this.commitPrepared()
  }

  #show(scopes: ReadonlyArray<Scope>): void {
    for (const { writes } of scopes) for (const [key, version] of writes) this.rows.set(key, version)
  }

  /** Makes a part with rows that were written before, or attaches one that was there; `name` is what it is called then. */
  attach(name: (was: string, xid: number) => string): void {
    const xid = this.next++
    const [part, rows] = this.away.entries().next().value ?? [undefined, new Map<number, Version>()]
    if (part !== undefined) this.away.delete(part)
    const to = name(part ?? `part ${xid}`, xid)
    this.parts.push(to)
    for (const [key, version] of rows) if (!this.rows.has(key)) this.rows.set(key, { ...version, part: to })
  }

  detach(): void {
    const part =
      this.parts.length > 1 && this.#sessions.size + this.#prepared.length === 0 ? this.parts.pop() : undefined
    if (part === undefined) return
    this.next++
    const rows: Writes = new Map([...this.rows].filter(([, version]) => version.part === part))
    for (const key of rows.keys()) this.rows.delete(key)
    this.away.set(part, rows)
  }

  /** A page of committed rows, each with the values that order it. */
  read(
    { order, since, where }: SweepOrder,
    after: ReadonlyArray<string> | null,
    parts: ReadonlyArray<string>,
    limit: number,
  ) {
    const keysOf = (key: number, { cursor }: Version) => order.map((name) => (name === "id" ? key : cursor))
    const from = where.flatMap((filter) => (filter.op === "gte" ? [Number(filter.value)] : []))[0] ?? -Infinity
    return [...this.rows]
      .map(([key, version]) => ({ key, version, at: keysOf(key, version) }))
      .filter(({ version }) => {
        if (since === undefined) return true
        const isAdded = parts.includes(version.part) && !since.parts.includes(version.part)
        return version.xid >= Number(since.id) || isAdded
      })
      .filter(({ version, at }) => version.cursor >= from && (after === null || compare(at, after.map(Number)) > 0))
      .toSorted((a, b) => compare(a.at, b.at))
      .slice(0, limit)
  }

  highest(): string | null {
    return this.rows.size === 0 ? null : String(Math.max(...Array.from(this.rows.values(), ({ cursor }) => cursor)))
  }
}

const compare = (some: ReadonlyArray<number>, others: ReadonlyArray<number>): number => {
  const at = some.findIndex((one, place) => one !== others[place])
  return at === -1 ? 0 : (some[at] ?? 0) - (others[at] ?? 0)
}

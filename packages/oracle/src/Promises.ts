import { decodePosition, type Position } from "@starbase-replication/core/sink"
import { asDescribed } from "./Masks.ts"
import type { Replica, ReplicaState } from "./Replica.ts"
import { isKeyless, type Shape } from "./Shape.ts"
import { balance, isSame, matches, type Row, show, type Snapshot } from "./Snapshot.ts"

/** What was promised and is not so. */
export class BrokenPromise extends Error {}

const broken = (text: string): never => {
  throw new BrokenPromise(text)
}

/**
 * Keeps what was committed at the source, moment by moment, and holds the replica against what the promises allow:
 * they are those of docs/guarantees.md.
 */
export class Promises {
  readonly #shape: Shape
  readonly #ordersByBytes: boolean
  readonly #momentOf: (millis: number) => number | undefined
  readonly #snapshots: Array<Snapshot> = []
  /** The last moment at which each row changed as its cursor shows, and the rows that also changed as it does not. */
  readonly #shown = new Map<string, number>()
  readonly #quiet = new Set<string>()
  /** Whether somebody has spoiled the replica, so that nothing is promised until it is mended. */
  isSpoiled = false
  #seen: Replica | undefined
  /** The moment since which the reconciliation that is complete next may have begun. */
  #reconciling = 0
  /** Rows that were absent at the source at this moment and ever since have left the replica. */
  #reconciled: number | undefined

  constructor(shape: Shape, ordersByBytes: boolean, momentOf: (millis: number) => number | undefined) {
    this.#shape = shape
    this.#ordersByBytes = ordersByBytes
    this.#momentOf = momentOf
  }

  /** The moment now: the number of the last snapshot. */
  get moment(): number {
    return this.#snapshots.length - 1
  }

  /** What is committed at the source now. */
  get last(): Snapshot {
    return this.#snapshots.at(-1) ?? broken("There is no snapshot.")
  }

  /** Notes what is committed at the source now, and whether a cursor shows what has changed. */
  note(snapshot: Snapshot, isQuiet = false): void {
    // What a table that was away brings back, its cursor has shown when it was changed, or never.
    const before = this.#snapshots.findLast(({ of }) => of === snapshot.of) ?? this.#snapshots.at(-1)
    this.#snapshots.push(snapshot)
    for (const [id, row] of snapshot.rows) {
      const was = before?.rows.get(id)
      if (was !== undefined && isSame(was, row)) continue
      if (isQuiet) {
        this.#quiet.add(id)
        // A row that comes back with its partition comes back as it left, after whatever its cursor once showed.
        if (was === undefined) this.#shown.delete(id)
      } else this.#shown.set(id, this.moment)
    }
  }

  /** Checks what a reader of the replica sees. `since` is the moment at which the oldest run under way began. */
  check(replica: Replica, since: number): void {
    if (this.isSpoiled) return
    if (isKeyless(this.#shape)) {
      this.#isOfOneMoment(replica)
      this.#nothingIsSetAside(replica)
      return
    }
    this.#nothingInvented(replica)
    this.#nothingLost(replica)
    this.#nothingVanished(replica, since)
    this.#nothingStays(replica, since)
    this.#positionGoesOn(replica)
    this.#nothingIsSetAside(replica)
    this.#seen = replica
  }

  #nothingIsSetAside({ state }: Replica): void {
    if ((state?.rejects ?? 0) > 0) broken("A row was set aside, although the replica can hold all values.")
  }

  /** A replica without a key is all that there was at one moment, not before the one up to which it is synced. */
  #isOfOneMoment(replica: Replica): void {
    const { table, state, rows } = replica
    if (table === undefined) return
    const synced = typeof state?.syncedAt === "number" ? this.#momentOf(state.syncedAt) : undefined
    if (typeof state?.syncedAt !== "number" && rows.size === 0) return
    const holds = (snapshot: Snapshot) => balance(snapshot, replica).size === 0
    if (this.#snapshots.slice(synced ?? 0).some((one) => holds(one) || holds(this.#asDescribed(one, replica)))) return
    broken(`Since moment ${synced ?? 0} the source never held what the replica holds: ${showAll(replica.rows)}`)
  }

  /** Checks that the replica is the source's last snapshot. */
  equal(replica: Replica): void {
    const snapshot = this.last
    if (isKeyless(this.#shape) && balance(snapshot, replica).size > 0) {
      broken(`In the end the source holds ${showAll(snapshot.rows)} and the replica ${showAll(replica.rows)}`)
    }
    for (const column of snapshot.columns) {
      if (!replica.columns.includes(column) && this.#shape.drift !== "freeze")
        broken(`The replica lacks column ${column}.`)
    }
    if (isKeyless(this.#shape)) return
    for (const [id, row] of snapshot.rows) {
      const found = replica.rows.get(id)
      if (found === undefined || !matches(found, row)) {
        broken(`In the end row ${id} is ${show(row)} at the source and ${show(found)} in the replica.`)
      }
    }
    if (this.#shape.deletes === "ignore" || this.#shape.deletes === "soft") return
    for (const id of replica.rows.keys()) {
      if (!snapshot.rows.has(id)) broken(`In the end row ${id} is in the replica, although it is gone at the source.`)
    }
  }

  /** Every row is one that was committed once. */
  #nothingInvented(replica: Replica): void {
    for (const [id, row] of replica.rows) {
      if (!this.#isVersion(id, row, 0))
        broken(`Row ${id} never was at the source as it is in the replica: ${show(row)}`)
    }
  }

  /** All that was there when the last finished sweep began is there, as it was then or later. */
  #nothingLost({ rows, state }: Replica): void {
    if (typeof state?.syncedAt !== "number") return
    const synced = this.#momentOf(state.syncedAt) ?? broken(`synced_at is ${state.syncedAt}, which no run began at.`)
    for (const id of this.#snapshots[synced]?.rows.keys() ?? []) {
      const row = rows.get(id)
      if (row !== undefined && this.#isVersion(id, row, synced)) continue
      if (this.#isHidden(id, row, synced, state)) continue
      // A row that was deleted meanwhile may not have been read, and may wait to be deleted as it was. One whose cursor
      // has become NULL may have moved from the part of the sweep that was still to come to the one that was over.
      const since = this.#snapshots.slice(synced).map((snapshot) => snapshot.rows.get(id))
      if (since.some((version) => version === undefined || version.get("c") === null)) continue
      const then = show(this.#snapshots[synced]?.rows.get(id))
      broken(`Row ${id} was ${then} at moment ${synced}, up to which the replica is synced, but is ${show(row)} there.`)
    }
  }

  /** Whether a row is as it was before a change that its cursor does not show, and that the last scan was too early for. */
  #isHidden(id: string, row: Row | undefined, synced: number, { plan, position }: ReplicaState): boolean {
    if (this.#shape.cursor === undefined || !this.#quiet.has(id)) return false
    // That the table is another one, nothing hides.
    const of = this.#snapshots[synced]?.of
    if (of !== undefined && tableOf(plan) !== of) return false
    const { scanned } = read(position) ?? {}
    const scan = (scanned && this.#momentOf(scanned.at)) ?? 0
    const shown = this.#shown.get(id) ?? 0
    const from = Math.max(scan, shown <= synced ? shown : 0)
    // A scan does not mend a row that was not at the source then.
    if (row !== undefined) return this.#isVersion(id, row, this.#snapshots[from]?.rows.has(id) === true ? from : 0)
    return this.#snapshots.slice(from, synced + 1).some((snapshot) => !snapshot.rows.has(id))
  }

  /** No row is deleted that was at the source all the time. */
  #nothingVanished({ rows, state, table }: Replica, since: number): void {
    const before = this.#seen
    // A replica that was built anew holds what was there when its scan began, of which the sweep tells.
    if (before === undefined || before.table !== table || typeof state?.syncedAt !== "number") return
    const present = this.#snapshots.slice(since)
    for (const id of before.rows.keys()) {
      if (rows.has(id) || !present.every((snapshot) => snapshot.rows.has(id))) continue
      broken(`Row ${id} has left the replica, although it was at the source since moment ${since}.`)
    }
  }

  /** Nothing stays that was gone before the last complete reconciliation. */
  #nothingStays({ rows, state }: Replica, since: number): void {
    const before = this.#seen?.state
    if (state === undefined || state.reconciledAt === null) this.#reconciled = undefined
    else if (state.reconciledAt !== before?.reconciledAt) this.#reconciled = Math.min(since, this.#reconciling)
    const stored: { readonly startedAt: number } | undefined = JSON.parse(state?.reconciliation ?? "null") ?? undefined
    this.#reconciling = (stored && this.#momentOf(stored.startedAt)) ?? this.moment
    const reconciled = this.#reconciled
    if (reconciled === undefined) return
    for (const id of rows.keys()) {
      if (this.#snapshots.slice(reconciled).some((snapshot) => snapshot.rows.has(id))) continue
      broken(`Row ${id} is in the replica, although it was gone before the reconciliation that began at ${reconciled}.`)
    }
  }

  /** Within a sweep a position only goes on. */
  #positionGoesOn({ state }: Replica): void {
    const before = this.#seen?.state
    if (before === undefined || state === undefined || before.plan !== state.plan) return
    const [was, is] = [read(before.position), read(state.position)]
    if (was === undefined || is === undefined || was.startedAt === 0 || was.startedAt !== is.startedAt) return
    const order = { scan: 0, nulls: 0, tail: 1, whole: 0 }
    // A scan may follow for what the cursor does not show.
    if (was.sweep !== "scan" && is.sweep === "scan" && is.trail !== null) return
    if (order[is.sweep] !== order[was.sweep]) {
      if (order[is.sweep] < order[was.sweep]) broken(`A sweep went back from ${was.sweep} to ${is.sweep}.`)
      return
    }
    // Where the key is masked, nobody but the table's own runs can read where they stand.
    if (was.after === null || this.#shape.masked?.startsWith("key") === true) return
    if (is.after === null || this.#isLess(isNumber(state.plan, is), is.after, was.after)) {
      broken(`A position went back from ${JSON.stringify(was.after)} to ${JSON.stringify(is.after)}.`)
    }
  }

  #isLess(numbers: ReadonlyArray<boolean>, a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean {
    for (const [at, left] of a.entries()) {
      const right = b[at] ?? ""
      if (left === right) continue
      if (numbers[at] === true) return isLower(left, right)
      return this.#ordersByBytes && Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
    }
    return false
  }

  #isVersion(id: string, row: Row, from: number): boolean {
    return this.#snapshots.slice(from).some((snapshot) => {
      const version = snapshot.rows.get(id)
      if (version === undefined) return false
      return matches(row, version) || matches(row, asDescribed(this.#shape, version, [...row.keys()]))
    })
  }

  #asDescribed({ rows, ...snapshot }: Snapshot, { columns }: Replica): Snapshot {
    const known = [...rows].map(([id, row]) => [id, asDescribed(this.#shape, row, columns)] as const)
    return { ...snapshot, rows: new Map(known) }
  }
}

const showAll = (rows: Snapshot["rows"]): string => [...rows.values()].map(show).join(", ") || "no rows"

/** Which table of the source a plan is of. */
const tableOf = (plan: string | null): string | undefined => {
  const { shape } = JSON.parse(plan ?? "{}") as { readonly shape?: { readonly identity: string | null } }
  return shape?.identity?.split(" ")[1]
}

const read = (position: string | null): Position | undefined =>
  position === null ? undefined : decodePosition(position)

/** Whole numbers are compared as such: a double does not hold all of them. */
const isLower = (left: string, right: string): boolean =>
  left.includes(".") || right.includes(".") ? Number(left) < Number(right) : BigInt(left) < BigInt(right)

/** For each column that orders a sweep, whether it is one of numbers; the others are in the order of their bytes. */
const isNumber = (plan: string | null, { sweep }: Position): ReadonlyArray<boolean> => {
  const { shape } = JSON.parse(plan ?? "") as {
    readonly shape: {
      readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>
      readonly key: ReadonlyArray<string>
      readonly cursor: string | null
    }
  }
  const order = sweep === "tail" && shape.cursor !== null ? [shape.cursor, ...shape.key] : shape.key
  const types = new Map(shape.columns.map(({ name, type }) => [name, type]))
  return [...new Set(order)].map((name) => ["integer", "decimal"].includes(types.get(name) ?? ""))
}

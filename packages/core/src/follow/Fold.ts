import type { Plan } from "../plan/Plan.ts"
import type { LogMessage, LogRow } from "../source/Log.ts"
import { type Key, keyIdentity } from "../table/Key.ts"

/** What became of a row. */
export interface Folded {
  readonly key: Key
  /** Undefined where the row is gone, or where only its key is known. */
  readonly row: LogRow | undefined
  /** The key of the row of before that has the values which were not told. */
  readonly base: Key | undefined
  /** Whether it is to be looked up. */
  readonly isWanted: boolean
}

/** What became of a table's rows by some changes. */
export interface FoldedTable {
  readonly isEmptied: boolean
  readonly rows: ReadonlyMap<string, Folded>
  /** How many changes there were. */
  readonly changes: number
}

interface Table {
  isEmptied: boolean
  rows: Map<string, Folded>
  changes: number
  readonly pick: (row: LogRow) => Key
  readonly identityOf: (key: Key) => string
}

type Change = Extract<LogMessage, { readonly kind: "change" }>

/** Adds changes up, so that each row is written once however often it changed. */
export class Fold {
  readonly #tables: ReadonlyArray<Table>
  /** About how many characters the values have, and how many changes there were. */
  size = 0
  changes = 0

  constructor(plans: ReadonlyArray<Plan>) {
    this.#tables = plans.map(({ key, columns }) => {
      const places = key.map((name) => columns.findIndex((column) => column.name === name))
      const keyColumns = places.flatMap((place) => columns[place] ?? [])
      return {
        isEmptied: false,
        rows: new Map(),
        changes: 0,
        pick: (row) => places.map((place) => row[place] ?? ""),
        identityOf: (values) => keyIdentity(keyColumns, values),
      }
    })
  }

  /** Of each plan, what became of its rows. */
  get tables(): ReadonlyArray<FoldedTable> {
    return this.#tables
  }

  add(change: Change): void {
    const table = this.#tables[change.table]
    if (table === undefined) return
    this.changes += 1
    table.changes += 1
    const { old, now, isAsDescribed } = change
    const before = old === undefined ? undefined : table.pick(old)
    if (now === undefined) {
      if (before !== undefined) this.#put(table, before, { row: undefined, base: undefined, isWanted: false })
      return
    }
    const told = now.map((value, at) => (value === undefined ? old?.[at] : value))
    const key = table.pick(told)
    const last = table.rows.get(table.identityOf(before ?? key))
    if (before !== undefined && table.identityOf(before) !== table.identityOf(key)) {
      this.#put(table, before, { row: undefined, base: undefined, isWanted: false })
    }
    if (!isAsDescribed) return this.#put(table, key, { row: undefined, base: undefined, isWanted: true })
    const row = told.map((value, at) => (value === undefined ? last?.row?.[at] : value))
    const isWhole = row.every((value) => value !== undefined)
    if (isWhole) return this.#put(table, key, { row, base: undefined, isWanted: false })
    // What is gone or emptied has no values of before.
    const base = last === undefined ? (table.isEmptied ? undefined : (before ?? key)) : last.base
    if (base === undefined) return this.#put(table, key, { row: undefined, base, isWanted: true })
    this.#put(table, key, { row, base, isWanted: false })
  }

  empty(place: number): void {
    const table = this.#tables[place]
    if (table === undefined) return
    this.changes += 1
    table.changes += 1
    table.isEmptied = true
    table.rows.clear()
  }

  /** Forgets all that became of a table's rows. */
  forget(place: number): void {
    const table = this.#tables[place]
    if (table === undefined) return
    this.changes -= table.changes
    table.changes = 0
    table.isEmptied = false
    table.rows.clear()
  }

  #put(table: Table, key: Key, found: Omit<Folded, "key">): void {
    this.size += found.row?.reduce((sum: number, value) => sum + (value?.length ?? 0) + 3, 0) ?? 20
    table.rows.set(table.identityOf(key), { key, ...found })
  }
}

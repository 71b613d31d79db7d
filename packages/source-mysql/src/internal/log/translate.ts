import type { Gtids, LogMessage, LogRequest } from "@starbase-replication/core/source"
import { type Event, kinds, readQuery, readRotate, readRows, readTableMap, readXaPrepare, silent } from "./events.ts"
import type { Layout } from "./layout.ts"
import { type Hint, type Place, printPosition } from "./positions.ts"
import { type Change, Prepared } from "./prepared.ts"
import { makeRelations, type Relation, rowsOf } from "./relations.ts"
import { mayConcern, readStatement } from "./statements.ts"
import { beginTransaction, type Transaction } from "./transactions.ts"

/** So many rows of an event have places of their own. */
const rowsOfEvent = 2 ** 24

/** A transaction that was passed is read once more, to be sure of the place, where it has no more bytes than these. */
const mostAgain = 4_000_000

/** What events are turned into messages with. */
export interface TranslateOptions {
  readonly request: LogRequest
  /** What each table that was asked for is like, by the name that events have for it. */
  readonly layoutOf: (table: string) => Layout | undefined
  /** Changed by what is read. */
  readonly position: Gtids
  /** What names the server in hints. */
  readonly server: string
  /** Where the last transaction was found that is passed. */
  readonly last: Hint | undefined
}

/** Turns the events of a binlog, in their order, into messages, and keeps the position. */
export class Translate {
  readonly #options: TranslateOptions
  readonly #relationOf: ReturnType<typeof makeRelations>
  readonly #relations = new Map<string, Relation | undefined>()
  readonly #maps = new Map<number, Relation | undefined>()
  readonly #prepared = new Prepared()
  #place: Place | undefined
  #last: Hint | undefined
  #current: Transaction | undefined
  #messages: Array<LogMessage> = []

  constructor(options: TranslateOptions) {
    this.#options = options
    this.#last = options.last
    this.#relationOf = makeRelations(options.request, options.layoutOf)
  }

  /** Where the next event begins, where that is known. */
  get place(): Place | undefined {
    return this.#place
  }

  get position(): Gtids {
    return this.#options.position
  }

  /** The position after all that has come whole. */
  get until(): string {
    return printPosition(this.#options.position, this.#last)
  }

  /** Whether a transaction has come that is prepared, and not yet committed or rolled back. */
  get isHolding(): boolean {
    return this.#prepared.isHolding
  }

  /** The messages since the last time. */
  drain(): ReadonlyArray<LogMessage> {
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  feed(event: Event): void {
    if (this.#current !== undefined) this.#current.events += 1
    this.#read(event)
    this.pass(event)
  }

  /** Goes on over an event that is not to be told. */
  pass(event: Event): void {
    if (event.kind === kinds.rotate) {
      this.#place = { file: readRotate(event.body), at: Number(event.body.readBigUInt64LE(0)) }
    } else if (event.end > 0 && this.#place !== undefined) {
      this.#place = { file: this.#place.file, at: event.end }
    }
  }

  /** Ends what is under way, where a new transaction says that it is at its end. */
  finish(): void {
    this.#commit()
  }

  #read(event: Event): void {
    const { kind, body } = event
    switch (kind) {
      case kinds.mariadbGtid:
      case kinds.gtid:
        return this.#begin(event)
      case kinds.query:
      case kinds.compressedQuery:
        return this.#query(body, kind === kinds.compressedQuery)
      case kinds.xid:
        return this.#commit()
      case kinds.xaPrepare:
        return this.#prepare(body)
      case kinds.tableMap:
        return this.#map(body)
      case kinds.partialUpdate:
        return this.#untold([this.#maps.get(body.readUIntLE(0, 6))?.table ?? []].flat())
      case kinds.payload:
        this.#untoldAll()
        return this.#commit()
      default:
        if (this.#rows(event) || kind === kinds.rotate || silent.has(kind) || event.isIgnorable) return
        // What is not understood may have written anything.
        this.#untoldAll()
    }
  }

  #begin(event: Event): void {
    this.#commit()
    const { position, server } = this.#options
    this.#current = beginTransaction(event, position, { server, start: this.#place })
    if (this.#current?.isPrepared === true) this.#prepared.begin()
  }

  #commit(): void {
    const transaction = this.#current
    if (transaction === undefined) return
    this.#current = undefined
    this.#prepared.end()
    transaction.pass()
    this.#last = this.#hintOf(transaction.start)
    if (transaction.isTold) this.#messages.push({ kind: "commit", end: this.until })
  }

  /** What is too large to be sent once more is looked for by its id. */
  #hintOf(start: Place | undefined): Hint | undefined {
    const end = this.#place
    if (start === undefined || end === undefined || (start.file === end.file && end.at - start.at > mostAgain)) {
      return undefined
    }
    return { ...start, server: this.#options.server }
  }

  #query(body: Buffer, isCompressed: boolean): void {
    const query = readQuery(body, isCompressed)
    const statement = readStatement(query.text)
    const transaction = this.#current
    switch (statement.kind) {
      case "begin":
        if (transaction !== undefined) transaction.hasBegun = true
        return
      case "commit":
        return this.#commit()
      case "rollback":
        this.#untold([...(transaction?.touched ?? [])])
        return this.#commit()
      case "undo":
        this.#untold([...(transaction?.touched ?? [])])
        break
      case "nothing":
        break
      case "xa":
        return this.#xa(statement.does, statement.xid)
      case "truncate": {
        const { schema = query.database, name } = statement
        const tables = this.#tablesWhere((table) => isSame(table.schema, schema) && isSame(table.name, name))
        if (tables.length > 0) this.#tell({ kind: "truncate", tables, place: this.#placeOf(0) })
        break
      }
      case "definition":
        this.#untold(this.#tablesWhere((table) => mayConcern(query, table)))
        break
      default:
        this.#untoldAll()
    }
    if (transaction?.hasBegun === false) this.#commit()
  }

  #xa(does: "begin" | "end" | "commit" | "rollback", xid: string): void {
    if (does === "end") return
    if (does === "begin") {
      if (this.#current !== undefined) this.#current.hasBegun = true
      return this.#prepared.begin()
    }
    const held = this.#prepared.take(xid)
    // What was prepared before this read began is known no more.
    if (does === "commit" && held === undefined) this.#untoldAll()
    if (does === "commit") this.#tellAll(held ?? [])
    this.#commit()
  }

  #prepare(body: Buffer): void {
    const { isCommitted, xid } = readXaPrepare(body)
    const changes = this.#prepared.end()
    if (isCommitted) this.#tellAll(changes)
    else this.#prepared.keep(xid, changes)
    this.#commit()
  }

  #map(body: Buffer): void {
    // Past the number by which rows name it, the same bytes mean the same.
    const key = body.toString("latin1", 8)
    const id = body.readUIntLE(0, 6)
    if (!this.#relations.has(key)) this.#relations.set(key, this.#relationOf(readTableMap(body)))
    this.#maps.set(id, this.#relations.get(key))
  }

  #rows({ kind, body }: Event): boolean {
    const rows = readRows(kind, body)
    if (rows === undefined) return false
    const relation = this.#maps.get(rows.table)
    if (relation === undefined) return true
    const { table, readable } = relation
    this.#current?.touched.add(table)
    if (readable === undefined || !rows.isFull || rows.columns !== readable.columns.length) {
      this.#untold([table])
      return true
    }
    try {
      let nth = 0
      for (const change of rowsOf(readable, rows)) {
        this.#tell({ kind: "change", table, ...change, isAsDescribed: true, place: this.#placeOf(nth) })
        nth += 1
      }
    } catch {
      // A read of the table says what is wrong with its values.
      this.#untold([table])
    }
    return true
  }

  #tablesWhere(isMeant: (table: { readonly schema: string; readonly name: string }) => boolean): ReadonlyArray<number> {
    return this.#options.request.tables.flatMap(({ table: { name } }, place) =>
      isMeant({ schema: name.schema ?? "", name: name.name }) ? [place] : [],
    )
  }

  #untoldAll(): void {
    this.#untold(this.#options.request.tables.map((_, place) => place))
  }

  #untold(tables: ReadonlyArray<number>): void {
    if (tables.length > 0) this.#tell({ kind: "untold", tables, place: this.#placeOf(0) })
  }

  #tellAll(changes: ReadonlyArray<Change>): void {
    for (const [nth, change] of changes.entries()) this.#tell({ ...change, place: this.#placeOf(nth) })
  }

  #placeOf(nth: number): number {
    return 2 + (this.#current?.events ?? 0) * rowsOfEvent + nth
  }

  #tell(change: Change): void {
    if (change.kind !== "untold" && this.#prepared.hold(change)) return
    const transaction = this.#current
    if (transaction !== undefined && !transaction.isTold) {
      transaction.isTold = true
      this.#messages.push({ kind: "begin", at: transaction.at, transaction: transaction.id, place: 1 })
    }
    const { skip } = this.#options.request
    if (skip !== undefined && transaction?.at === skip.at && change.place <= skip.places) return
    this.#messages.push(change)
  }
}

/** Servers may or may not tell names apart by their case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

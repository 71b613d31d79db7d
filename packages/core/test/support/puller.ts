import type { Plan } from "../../src/plan/Plan.ts"
import type { Position } from "../../src/state/Position.ts"
import { beginTrail } from "../../src/state/Trail.ts"
import type { InFlight } from "../../src/sync/InFlight.ts"
import {
  advance,
  beganWith,
  complete,
  firstPosition,
  resume,
  type SweepOrder,
  sweepOrder,
} from "../../src/sync/Sweep.ts"
import type { Ledger } from "./ledger.ts"
import { bare } from "./plan.ts"

/** What a source says when it is asked. */
export interface Told {
  readonly plan: Plan
  readonly inFlight: InFlight
}

const integer = (name: string) => ({ name, type: "integer" as const, sourceType: "bigint", nullable: false })

/** Pulls a ledger's table in pages of two rows, as `Pull.ts` does. */
export class Puller {
  readonly #ledger: Ledger
  readonly #hasCursor: boolean
  /** What is asked of the source in place of `sweepOrder`, to see what another rule would lose. */
  readonly #rule: (order: SweepOrder, position: Position) => SweepOrder
  position: Position | undefined
  replica = new Map<number, number>()
  rowsRead = 0
  pages = 0
  scans = 0

  constructor(
    ledger: Ledger,
    hasCursor = false,
    rule: (order: SweepOrder, position: Position) => SweepOrder = (order) => order,
  ) {
    this.#ledger = ledger
    this.#hasCursor = hasCursor
    this.#rule = rule
  }

  /** Asks the source, which gives its parts and its transactions at the same moment. */
  ask(): Told {
    const { parts, clock } = this.#ledger
    const table = { ...bare.table, columns: [integer("id"), integer("at")], parts: [...parts] }
    const plan: Plan = { ...bare, table, cursor: this.#hasCursor ? integer("at") : undefined }
    return { plan, inFlight: { ...this.#ledger.transactions(), before: clock } }
  }

  /** Pulls at most so many pages; `between` happens after each of them. */
  pull(pages: number, { plan, inFlight }: Told = this.ask(), between: () => void = () => {}): void {
    const { clock } = this.#ledger
    const resumed = this.position && resume(plan, this.position, clock, inFlight)
    if (resumed?.kind === "quiet") return
    let position = resumed?.kind === "sweep" ? resumed.position : this.#begin(plan, inFlight)
    for (let page = 0; page < pages; page++) {
      if (position.sweep === "scan" && position.after === null) this.scans += 1
      const asked = this.#rule(sweepOrder(plan, position), position)
      const rows = this.#ledger.read(asked, position.after, plan.table.parts ?? [], 2)
      for (const { key, version } of rows) this.replica.set(key, version.value)
      this.rowsRead += rows.length
      this.pages += 1
      const last = rows.at(-1)
      const passed = last === undefined ? position : advance(position, last.at.map(String))
      const next = rows.length < 2 ? complete(plan, passed) : { position: passed, finished: false }
      position = next.position
      between()
      if (next.finished) break
    }
    this.position = position
  }

  #begin(plan: Plan, inFlight: InFlight): Position {
    const trail = plan.cursor === undefined ? null : beginTrail(this.#ledger.highest(), this.#ledger.transactions())
    return firstPosition(trail, this.#ledger.clock, beganWith(plan, inFlight))
  }

  /** The committed rows that the replica lacks or has as they were, once a sweep that begins now is over. */
  lackingNext(): ReadonlyArray<number> {
    const { position, replica } = this
    this.replica = new Map(replica)
    // The first may go on with a sweep that began before.
    for (let sweep = 0; sweep < 2; sweep++) this.pull(Number.POSITIVE_INFINITY)
    const lacking = [...this.#ledger.rows].flatMap(([key, { value }]) => (this.replica.get(key) === value ? [] : [key]))
    this.position = position
    this.replica = replica
    return lacking
  }
}

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Transactions } from "../src/source/Transactions.ts"
import { beginTrail, completeTrail, sweepFrom, type Trail } from "../src/state/Trail.ts"

type Step =
  | "begin"
  | "commit oldest"
  | "commit newest"
  | "roll back"
  | "sweep"
  | "ask"
  | "sweep by what was asked"
  | "switch"

/**
 * A source in miniature: a transaction takes its id and its cursor value when it begins, and its row shows at commit. A
 * run may stand still once it has asked for the transactions, while others sweep.
 */
class Model {
  readonly asksAgain: boolean
  /** What a run was told that stands still since, and the trail as it was before. */
  asked: { readonly transactions: Transactions; readonly trail: Trail | undefined } | undefined

  clock = 100
  next = 1
  readonly open = new Map<number, number>()
  readonly visible: Array<number> = []
  readonly seen = new Set<number>()
  rowsRead = 0
  trail: Trail | undefined

  constructor(asksAgain = true) {
    this.asksAgain = asksAgain
  }

  /** Whether it is asked as a standby, which knows the lowest id alone. */
  isStandby = false

  transactions(): Transactions {
    const [next, open] = [String(this.next), [...this.open.keys()].map(String)]
    if (!this.isStandby) return { next, open }
    const [unsureFrom] = open
    return unsureFrom === undefined ? { next, open: [] } : { next, open: [], unsureFrom }
  }

  step(step: Step, meanwhile: ReadonlyArray<Step>) {
    const ids = [...this.open.keys()]
    const id = step === "commit oldest" ? ids[0] : ids.at(-1)
    if (step === "begin") this.open.set(this.next++, this.clock++)
    else if (step === "sweep") this.sweep(meanwhile)
    else if (step === "switch") this.isStandby = !this.isStandby
    else if (step === "ask") this.asked = { trail: this.trail, transactions: this.transactions() }
    else if (step === "sweep by what was asked") {
      const isFresh = this.asked?.trail === this.trail || !this.asksAgain
      this.sweep(meanwhile, isFresh ? this.asked?.transactions : undefined)
    } else if (id !== undefined) {
      const cursor = this.open.get(id)
      if (step !== "roll back" && cursor !== undefined) this.visible.push(cursor)
      this.open.delete(id)
    }
  }

  read(from: number) {
    const rows = this.visible.filter((cursor) => cursor >= from)
    for (const cursor of rows) this.seen.add(cursor)
    this.rowsRead += rows.length
    return rows.length === 0 ? null : String(Math.max(...rows))
  }

  sweep(meanwhile: ReadonlyArray<Step>, told?: Transactions) {
    const high = this.visible.length === 0 ? null : String(Math.max(...this.visible))
    const transactions = (this.trail === undefined ? undefined : told) ?? this.transactions()
    for (const step of meanwhile) if (!step.startsWith("sweep")) this.step(step, [])
    if (this.trail === undefined) {
      this.trail = beginTrail(high, transactions)
      this.read(0)
      return
    }
    const from = sweepFrom(this.trail, transactions)
    this.trail = completeTrail(this.trail, transactions, this.read(from === null ? 0 : Number(from)))
  }
}

const step = fc.constantFrom<Step>(
  "begin",
  "begin",
  "commit oldest",
  "commit newest",
  "roll back",
  "sweep",
  "ask",
  "sweep by what was asked",
  "switch",
)

/** That every row is seen in the end, by runs that ask again where the trail is not the one from before they asked. */
const losesNothing = (asksAgain: boolean) =>
  fc.property(fc.array(fc.tuple(step, fc.array(step, { maxLength: 4 })), { maxLength: 60 }), (history) => {
    const model = new Model(asksAgain)
    for (const [one, meanwhile] of history) model.step(one, meanwhile)
    while (model.open.size > 0) model.step("commit newest", [])
    model.sweep([])
    model.sweep([])
    expect([...model.seen].toSorted()).toEqual(model.visible.toSorted())
  })

describe("a trail", () => {
  it("loses no row, however transactions overlap with sweeps and with each other", () => {
    fc.assert(losesNothing(true), { numRuns: 2000 })
  })

  it("would lose rows to answers that are older than it", () => {
    expect(fc.check(losesNothing(false), { numRuns: 2000, seed: 1 }).failed).toBe(true)
  })

  it("loses no row when more marks are left than it keeps", () => {
    const model = new Model()
    model.sweep([])
    model.step("begin", [])
    for (let i = 0; i < 300; i++) {
      model.step("begin", [])
      model.step("commit newest", [])
      model.sweep([])
    }
    expect(model.trail?.marks.length).toBeLessThanOrEqual(65)
    model.step("commit oldest", [])
    model.sweep([])
    expect(model.seen.size).toBe(301)
  })

  it("reads nothing again while one long transaction stays open, and all of it once when it ends", () => {
    const model = new Model()
    model.sweep([])
    model.step("begin", [])
    for (let i = 0; i < 30; i++) {
      model.step("begin", [])
      model.step("commit newest", [])
      model.sweep([])
    }
    expect(model.rowsRead).toBeLessThanOrEqual(3 * 30)
    model.rowsRead = 0
    model.step("commit oldest", [])
    model.sweep([])
    expect(model.rowsRead).toBe(31)
    model.rowsRead = 0
    model.sweep([])
    model.sweep([])
    expect(model.rowsRead).toBeLessThanOrEqual(3)
  })

  it("begins at a standby's lowest transaction, and notes it once while it stays the same", () => {
    const model = new Model()
    model.isStandby = true
    model.sweep([])
    model.step("begin", [])
    for (let i = 0; i < 5; i++) {
      model.step("begin", [])
      model.step("commit newest", [])
      model.sweep([])
    }
    model.sweep([])
    const { trail } = model
    model.rowsRead = 0
    model.sweep([])
    expect(model.trail).toBe(trail)
    expect(model.rowsRead).toBe(5)
    model.step("commit oldest", [])
    model.sweep([])
    expect(model.seen.size).toBe(6)
    model.rowsRead = 0
    model.sweep([])
    model.sweep([])
    expect(model.rowsRead).toBeLessThanOrEqual(2)
  })

  it("is left as it was by a sweep that finds nothing new", () => {
    const model = new Model()
    model.step("begin", [])
    model.step("commit newest", [])
    for (let i = 0; i < 3; i++) model.sweep([])
    const { trail } = model
    model.sweep([])
    model.sweep(["begin", "roll back"])
    expect(model.trail).toBe(trail)
  })

  it("goes on from the highest value where the source knows no transactions", () => {
    const first = beginTrail("5", undefined)
    expect(sweepFrom(first, undefined)).toBe("5")
    const second = completeTrail(first, undefined, "9")
    expect(sweepFrom(second, undefined)).toBe("9")
    expect(completeTrail(second, undefined, "9")).toBe(second)
    expect(completeTrail(second, undefined, null)).toBe(second)
  })
})

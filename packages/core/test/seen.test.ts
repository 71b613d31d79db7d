import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ledger } from "./support/ledger.ts"
import { Puller, type Told } from "./support/puller.ts"

type InSession = "begin" | "commit" | "roll back" | "release" | "roll back to" | "prepare"
type Alone = "commit prepared" | "attach" | "detach" | "ask" | "switch"
type Step =
  | { readonly do: InSession; readonly session: number }
  | { readonly do: "write"; readonly session: number; readonly keys: ReadonlyArray<number> }
  | { readonly do: Alone }
  | { readonly do: "wait"; readonly millis: number }

type Pull = {
  readonly do: "pull"
  readonly pages: number
  readonly stale: boolean
  readonly between: ReadonlyArray<Step>
}

const session = fc.integer({ min: 0, max: 2 })
const inSession = fc.constantFrom<InSession>(
  "begin",
  "begin",
  "commit",
  "roll back",
  "release",
  "roll back to",
  "prepare",
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(inSession, session).map(([one, by]): Step => ({ do: one, session: by })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(session, fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 3 }))
      .map(([one, keys]): Step => ({ do: "write", session: one, keys })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Alone>("commit prepared", "attach", "detach", "ask", "switch")
      .map((one): Step => ({ do: one })),
  },
  { weight: 1, arbitrary: fc.constantFrom(1000, 400_000, 3_700_000).map((millis): Step => ({ do: "wait", millis })) },
)
const pull: fc.Arbitrary<Pull> = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.boolean(), fc.array(step, { maxLength: 3 }))
  .map(([pages, stale, between]) => ({ do: "pull", pages, stale, between }))
const histories = fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 2, arbitrary: pull }), {
  maxLength: 40,
  size: "max",
})

interface Options {
  readonly hasCursor?: boolean
  /** Whether a write leaves the cursor where it was. */
  readonly isQuiet?: boolean
  readonly makePuller?: (ledger: Ledger) => Puller
  /** What a part is called that is attached by a transaction. */
  readonly name?: (was: string, xid: number) => string
}

const nameOf = (was: string, xid: number): string => `${was.split("@")[0]}@${xid}`

/** That at no moment of a history a committed row is outside the sweep that would begin then. */
const losesNothing = ({ hasCursor = false, isQuiet = false, makePuller, name = nameOf }: Options = {}) =>
  fc.property(histories, (history) => {
    const ledger = new Ledger()
    const puller = makePuller?.(ledger) ?? new Puller(ledger, hasCursor)
    let asked: (Told & { readonly at: unknown }) | undefined
    const take = (one: Step): void => {
      ledger.clock += 1
      switch (one.do) {
        case "write":
          return ledger.write(one.session, one.keys, isQuiet ? one.keys.length : ledger.clock)
        case "begin":
          return ledger.begin(one.session)
        case "commit":
          return ledger.commit(one.session)
        case "roll back":
          return ledger.rollBack(one.session)
        case "release":
          return ledger.endSavepoint(one.session, "release")
        case "roll back to":
          return ledger.endSavepoint(one.session, "roll back")
        case "prepare":
          return ledger.prepare(one.session)
        case "commit prepared":
          return ledger.commitPrepared()
        case "attach":
          return ledger.attach(name)
        case "detach":
          return ledger.detach()
        case "ask":
          asked = { ...puller.ask(), at: puller.position }
          return
        case "switch":
          ledger.isStandby = !ledger.isStandby
          return
        case "wait":
          ledger.clock += one.millis
      }
    }
    const isPromised = () => {
      const { clock } = ledger
      // What a cursor does not show is found within an hour.
      if (hasCursor) ledger.clock += 3_700_000
      expect(puller.lackingNext()).toEqual([])
      ledger.clock = clock
    }
    for (const one of history) {
      if (one.do === "pull") {
        const between = one.between.values()
        const told = one.stale && (!hasCursor || asked?.at === puller.position) ? asked : undefined
        puller.pull(one.pages, told, () => {
          const next = between.next()
          if (next.done !== true) take(next.value)
        })
      } else take(one)
      isPromised()
    }
    ledger.settle()
    isPromised()
  })

const check = (property: ReturnType<typeof losesNothing>) => fc.assert(property, { numRuns: 1000 })
const fails = (property: ReturnType<typeof losesNothing>) =>
  expect(fc.check(property, { numRuns: 2000, seed: 1 }).failed).toBe(true)

describe("what a sweep has seen", () => {
  it("never leaves a committed row out of the next sweep, however transactions, savepoints and parts come and go", () => {
    check(losesNothing())
  })

  it("nor beside a cursor, whether writes move it or not", () => {
    check(losesNothing({ hasCursor: true }))
    check(losesNothing({ hasCursor: true, isQuiet: true }))
  })

  it("would lose what was in flight, if only what began later were read", () => {
    const younger = (ledger: Ledger) =>
      new Puller(ledger, false, (order, { seen }) =>
        order.since === undefined || seen === undefined
          ? order
          : { ...order, since: { ...order.since, id: seen.next } },
      )
    fails(losesNothing({ makePuller: younger }))
  })

  it("would lose the rows of a part that was away for a while, if it came back under the name that it had", () => {
    fails(losesNothing({ name: (was) => was }))
  })
})

describe("a table whose rows tell who wrote them", () => {
  it("is not read at a quiet source, and its position stays as it was, with a cursor and without", () => {
    for (const hasCursor of [false, true]) {
      const ledger = new Ledger()
      const puller = new Puller(ledger, hasCursor)
      ledger.write(0, [1, 2, 3], 5)
      puller.pull(10)
      puller.pull(10)
      const { position, pages } = puller
      for (let run = 0; run < 5; run++) {
        ledger.clock += 7_200_000
        puller.pull(10)
      }
      expect(puller.position).toBe(position)
      expect(puller.pages).toBe(pages)
    }
  })

  it("is read again where a transaction was open, whose rows cost a look each time and nothing once it is over", () => {
    const ledger = new Ledger()
    const puller = new Puller(ledger)
    ledger.write(0, [1, 2, 3], 5)
    ledger.begin(1)
    ledger.write(1, [8], 5)
    ledger.write(0, [4, 5], 5)
    puller.pull(10)
    puller.pull(10)
    const { position } = puller
    puller.rowsRead = 0
    for (let run = 0; run < 3; run++) puller.pull(10)
    expect(puller.rowsRead).toBe(3 * 2)
    expect(puller.position).toEqual(position)
    ledger.commit(1)
    puller.pull(10)
    puller.rowsRead = 0
    puller.pull(10)
    expect(puller.rowsRead).toBe(0)
    expect(puller.replica.size).toBe(6)
  })

  it("is read whole, where what was seen is too long ago for its ids", () => {
    const ledger = new Ledger()
    const puller = new Puller(ledger)
    ledger.write(0, [1, 2, 3], 5)
    puller.pull(10)
    ledger.write(0, [4], 5)
    const rowsAt = (horizon: number) => {
      const { plan, inFlight } = puller.ask()
      const { position } = puller
      puller.rowsRead = 0
      puller.pull(10, { plan, inFlight: { ...inFlight, horizon: String(horizon) } })
      puller.position = position
      return puller.rowsRead
    }
    const before = Number(puller.position?.seen?.before)
    expect(rowsAt(before)).toBe(1)
    expect(rowsAt(before + 1)).toBe(4)
  })

  it("is scanned after a tail exactly once in an interval, for what its cursor does not show", () => {
    const ledger = new Ledger()
    const puller = new Puller(ledger, true)
    ledger.write(0, [1, 2, 3], 50)
    puller.pull(10)
    expect(puller.scans).toBe(1)
    for (let hour = 1; hour <= 3; hour++) {
      for (let minute = 0; minute < 60; minute++) {
        ledger.clock += 60_000
        ledger.write(0, [1 + (minute % 3)], minute % 2 === 0 ? 1 : 50 + minute)
        puller.pull(10)
      }
      expect(puller.scans).toBe(1 + hour)
    }
    expect(puller.lackingNext()).toEqual([])
  })
})

import { Sink, type SinkShape } from "@starbase-replication/core/sink"
import { layer } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { into } from "./Config.ts"
import { nameAtSource } from "./Dress.ts"
import { makeClock } from "./FakeClock.ts"
import { type AtSource, isQuiet, type Meanwhile, type Operation, type Run, type Write } from "./History.ts"
import { BrokenPromise, Promises } from "./Promises.ts"
import { readReplica, type Replica } from "./Replica.ts"
import { type Place, type RunEnd, startRun } from "./Runs.ts"
import { isKeyless } from "./Shape.ts"
import { Turns } from "./Turns.ts"

/** What a play is given, apart from what it makes itself. */
export type Setting = Omit<Place, "turns" | "clock"> & { readonly trace: (line: string) => void }

/** How runs that are driven together take their turns, and what happens meanwhile. */
export interface Driving {
  readonly picks: ReadonlyArray<number>
  readonly meanwhile: ReadonlyArray<Meanwhile>
}

/** Where a history is played: its source, its replica, its runs and its clock. */
export class Stage {
  readonly place: Place
  readonly promises: Promises
  readonly ends: Array<RunEnd> = []
  readonly #trace: (line: string) => void
  /** The runs that have not ended, and the moment at which each began. */
  readonly #running = new Map<number, { readonly since: number; readonly end: Promise<RunEnd> }>()
  #ids = 0
  /** Whether a run was lost on its way, so that a table may stay held. */
  #isFaulty = false

  constructor(setting: Setting) {
    const clock = makeClock(() => this.promises.moment)
    this.place = { ...setting, clock, turns: new Turns() }
    this.promises = new Promises(setting.shape, setting.subject.ordersByBytes, clock.moment)
    this.#trace = setting.trace
  }

  jump(millis: number): void {
    this.place.clock.jump(millis)
  }

  /** Lets the runs go on that stand still. */
  wake(): void {
    this.place.turns.release()
  }

  /** Notes what is committed at the source now. */
  async note(isQuiet = false): Promise<void> {
    const snapshot = await this.place.table.snapshot()
    this.promises.note(snapshot, isQuiet)
    this.#trace(`moment ${this.promises.moment}: ${show(snapshot.rows)}`)
  }

  read(): Promise<Replica> {
    const { object, shape } = this.place
    return readReplica(object, into, !isKeyless(shape), (name) => nameAtSource(shape, name))
  }

  /** Looks at the replica as a reader would, and holds it against the promises. */
  async check(): Promise<Replica> {
    const replica = await this.read()
    this.#trace(`replica: ${show(replica.rows)}`)
    const since = Array.from(this.#running.values(), (run) => run.since)
    this.promises.check(replica, Math.min(this.promises.moment, ...since))
    return replica
  }

  async write(session: number, write: Write): Promise<void> {
    await this.place.table.write(session, write)
    await this.note(isQuiet(write))
  }

  async atSource(step: AtSource): Promise<void> {
    if ("write" in step) {
      const { subject, shape } = this.place
      // Elsewhere nobody finds what a cursor does not show.
      const isHidden = isQuiet(step.write) && shape.cursor !== undefined && !subject.tellsWriters
      return isHidden ? undefined : this.write(step.session, step.write)
    }
    await this.place.table.end(step.session, step.end)
    await this.note()
  }

  /** Starts runs and gives turns to all that are awake, until each has ended or stands still; gives how these ended. */
  async drive(
    specs: ReadonlyArray<Run>,
    driving: Driving = { picks: [], meanwhile: [] },
  ): Promise<ReadonlyArray<RunEnd>> {
    const { turns } = this.place
    const started = new Set<number>()
    for (const spec of specs) {
      const id = this.#ids++
      this.#trace(`run ${id}: ${JSON.stringify(spec)}`)
      this.#isFaulty ||= spec.faults.length > 0
      this.#running.set(id, { since: this.promises.moment, end: startRun(this.place, id, spec) })
      started.add(id)
    }
    await this.#takeTurns(driving)
    const { state } = await this.check()
    const ended: Array<RunEnd> = []
    for (const [id, { end }] of this.#running) {
      if (turns.isStill(id)) continue
      this.#running.delete(id)
      const told = await end
      this.#trace(`run ${id} ended: ${told.error?.code ?? "well"}`)
      isNamed(told)
      this.ends.push(told)
      if (started.has(id)) ended.push(told)
    }
    const mayBeHeld = this.#isFaulty || this.#running.size > 0
    if (!mayBeHeld && state !== undefined && state.leaseUntil !== 0) {
      throw new BrokenPromise("All runs have ended, and the table is held still.")
    }
    return ended
  }

  async #takeTurns({ picks, meanwhile }: Driving): Promise<void> {
    const pending = meanwhile.toSorted((a, b) => a.call - b.call)
    let turn = 0
    await this.place.turns.drive(
      new Map(Array.from(this.#running, ([id, { end }]) => [id, end])),
      (count) => (picks.length === 0 || count === 0 ? 0 : (picks[turn % picks.length] ?? 0) % count),
      async ({ run, side, what }) => {
        this.#trace(`turn ${turn}: run ${run} ${side} ${what.replaceAll(/\s+/g, " ").slice(0, 100)}`)
        for (; pending[0] !== undefined && pending[0].call <= turn; pending.shift()) {
          for (const step of pending[0].steps) await this.#meanwhile(step)
        }
        turn += 1
      },
    )
  }

  async #meanwhile(step: Meanwhile["steps"][number]): Promise<void> {
    if (step.at === "source") {
      const isUnseen = "write" in step && step.write.do === "change type" && !this.place.subject.seesTypes
      return isUnseen ? undefined : this.atSource(step)
    }
    if (step.at === "clock") return this.jump(step.millis)
    await this.check()
  }

  /** Does what an operator may do; where a run holds the table, nothing. */
  async operate(does: Operation): Promise<void> {
    await Effect.flatMap(Sink, operations[does]).pipe(
      Effect.ignore,
      Effect.provide(layer(this.place.object.execute)),
      Effect.provideService(Clock.Clock, this.place.clock),
      Effect.runPromise,
    )
  }
}

const operations: Readonly<Record<Operation, (sink: SinkShape) => Effect.Effect<unknown, unknown>>> = {
  confirm: (sink) => sink.confirm(into),
  reset: (sink) => sink.reset(into),
  pause: (sink) => sink.setPaused(into, true),
  resume: (sink) => sink.setPaused(into, false),
}

/** Every failure is one that has a name, and no value is one that the replica cannot hold. */
const isNamed = ({ error, rejected = 0 }: RunEnd): void => {
  if (error?.code === "unknown") throw new BrokenPromise(`A run failed for no known reason: ${JSON.stringify(error)}`)
  if (rejected > 0) throw new BrokenPromise("A run set rows aside, although the replica can hold all values.")
}

const show = (rows: Replica["rows"]): string => JSON.stringify([...rows.values()].map((row) => [...row.values()]))

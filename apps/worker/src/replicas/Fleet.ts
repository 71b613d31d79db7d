import { RpcTarget } from "cloudflare:workers"
import type { Replicas } from "@starbase-replication/core/config"
import { answerFeed } from "@starbase-replication/hub"
import type { FeedAnswer } from "@starbase-replication/hub/protocol"
import type { FleetSummary, ShownReplica } from "@starbase-replication/plugin"
import { fromStorage } from "@starbase-replication/sink-sqlite"
import type { Hint } from "./hints.ts"
import { HubLog } from "./HubLog.ts"
import type { Known, Lag, Todo } from "./Known.ts"
import { lagOf } from "./lag.ts"
import { Moments } from "./Moments.ts"
import { parseName, regionReplica, tenantReplica } from "./names.ts"
import { Push } from "./Push.ts"
import { Registry } from "./Registry.ts"
import { show, summarize } from "./summary.ts"

/** How a replica stands by its own account: all of the hub's log was told to it up to a place, or why no more of it. */
export interface Standing {
  readonly epoch: string
  readonly seq: number
  readonly error: string | undefined
}

/** What a hub answers a replica; undefined where there is no such replica any more. */
export type Fed = FeedAnswer | undefined

/** What came of something that was to be done with a replica. */
export interface Did extends Pick<Known, "name" | "made" | "todo"> {
  readonly error?: string
}

/**
 * What the hub's object knows of its replicas, and does for them. Who asks, its callers have found out: a replica's object asks
 * under the name that leads to it alone.
 */
export class Fleet extends RpcTarget {
  readonly #sql: SqlStorage
  readonly #replicas: () => Replicas | undefined
  readonly #registry: Registry
  readonly #log: HubLog
  readonly #moments = new Moments()
  readonly #push: Push | undefined

  constructor(sql: SqlStorage, replicas: () => Replicas | undefined, queue: Queue<Hint> | undefined) {
    super()
    this.#sql = sql
    this.#replicas = replicas
    this.#registry = new Registry(sql)
    this.#log = new HubLog(sql)
    this.#push = queue && new Push(queue, this.#registry, this.#log)
  }

  /** Which one of that name is there, by its number; undefined where none is. A region's is, as long as the config has the region. */
  async admit(name: string): Promise<number | undefined> {
    return this.#admit(name)
  }

  /** Makes sure of a replica, and gives its number; undefined where it was deleted, or can be none. */
  async make(name: string): Promise<number | undefined> {
    if (this.#canBe(name) && this.#registry.get(name) === undefined) this.#registry.make(name)
    return this.#admit(name)
  }

  /** Answers a replica, with what is its own. */
  async feed(name: string, made: number, request: unknown): Promise<Fed> {
    const named = parseName(name)
    if (named === undefined || this.#admit(name) !== made) return undefined
    this.#begin()
    return answerFeed(fromStorage(this.#sql), named.identity, request)
  }

  /** Notes how a replica stands. */
  async told(name: string, made: number, { epoch, seq, error }: Standing): Promise<void> {
    if (this.#admit(name) !== made) return
    if (error === undefined) this.#registry.told(name, epoch, seq)
    else this.#registry.failed(name, error)
  }

  /**
   * Has something be done with replicas, or with all: to make all is to make one for each tenant that the tables have now, and for
   * each region. Tells how many, and the names that are none. Whoever is to be deleted is refused from now on.
   */
  async begin(todo: Todo, names: ReadonlyArray<string> | "all"): Promise<{ asked: number; refused: Array<string> }> {
    const all = names === "all" ? this.#all(todo) : new Set(names)
    const refused: Array<string> = []
    for (const name of all) {
      const isDone = todo === "make" ? this.#canBe(name) : this.#registry.mark(name, todo)
      if (!isDone) refused.push(name)
      else if (todo === "make") this.#registry.make(name, todo)
    }
    const asked = all.size - refused.length
    if (asked > 0) this.#registry.beginSweep(asked)
    return { asked, refused: refused.slice(0, 100) }
  }

  /** Notes which workflow does it. */
  async sweptBy(workflow: string): Promise<void> {
    this.#registry.setWorkflow(workflow)
  }

  /** Some of those with which something is to be done. */
  async take(limit: number): Promise<Array<Pick<Known, "name" | "made" | "todo">>> {
    return this.#registry.take(limit).map(({ name, made, todo }) => ({ name, made, todo }))
  }

  /** Notes what came of that, and tells with how many something is still to be done. */
  async did(all: ReadonlyArray<Did>): Promise<number> {
    for (const one of all) this.#registry.did(one, one.error)
    return this.#registry.sweep()?.left ?? 0
  }

  /** All replicas, summed up. */
  async summary(): Promise<FleetSummary> {
    const { deleted } = this.#registry.counts()
    const hints = { ...(this.#push?.counts ?? { sent: 0, failed: 0 }) }
    return summarize(this.#registry.live(), this.#lags(), { deleted, hints, sweep: this.#registry.sweep() })
  }

  /** One replica; undefined where there is none. */
  async one(name: string): Promise<ShownReplica | undefined> {
    const known = this.#registry.get(name)
    return known?.isLive === true ? show(known, this.#lags()(known)) : undefined
  }

  /** To be called once something in the hub's tables may have changed: has those told who are to know. */
  async changed(): Promise<void> {
    const state = this.#registry.counts().live === 0 ? undefined : this.#log.state()
    if (state === undefined) return
    this.#log.close(state)
    this.#moments.note(state, Date.now())
    await this.#push?.send({ ...state, open: state.open + 1 })
  }

  /** What is in the log now is as old as it is; what comes later is known from here on. */
  #begin(): void {
    const state = this.#moments.isEmpty ? this.#log.state() : undefined
    if (state !== undefined) this.#moments.note(state, Date.now())
  }

  #lags(): (known: Known) => Lag {
    this.#begin()
    const state = this.#log.state()
    return state === undefined ? () => undefined : lagOf(this.#log, state, this.#moments, Date.now())
  }

  #all(todo: Todo): ReadonlySet<string> {
    if (todo !== "make") return new Set(this.#registry.live().map(({ name }) => name))
    const replicas = this.#replicas()
    const tenants = replicas === undefined ? [] : [...this.#log.tenants()].map(tenantReplica)
    return new Set([...tenants.filter((name) => this.#canBe(name)), ...(replicas?.regions ?? []).map(regionReplica)])
  }

  /** Whether the config has a place for one of that name. */
  #canBe(name: string): boolean {
    const replicas = this.#replicas()
    const named = parseName(name)
    if (replicas === undefined || named === undefined) return false
    return named.region === undefined || replicas.regions.includes(named.region)
  }

  #admit(name: string): number | undefined {
    if (!this.#canBe(name)) return undefined
    const known = this.#registry.get(name)
    if (known !== undefined) return known.isLive ? known.made : undefined
    if (parseName(name)?.region === undefined) return undefined
    this.#registry.make(name)
    return this.#registry.get(name)?.made
  }
}

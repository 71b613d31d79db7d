import { isOtherRun, type TableResult } from "@starbase-replication/core/run"
import type { FeedRequest } from "@starbase-replication/hub/protocol"
import { pullNow } from "@starbase-replication/plugin"
import type { Env } from "../Env.ts"
import type { ReplicaObject } from "../ReplicaObject.ts"
import type { Standing } from "./Fleet.ts"
import { type Hello, helloOf } from "./hello.ts"
import { hubOf, replicaId } from "./objects.ts"
import { replicaOptions } from "./options.ts"
import type { Place, Pulled } from "./Pulled.ts"

/** Which replica an object is. */
interface Admitted {
  readonly name: string
  readonly made: number
}

const key = "replica"

/** The number of none: the hub has said that the one that was here is no more. */
const nobody = 0

/** A pull goes on where more remains, for so long. */
const longestMillis = 60_000

/**
 * The part of an object that makes it a replica of the hub. Whose it is, its id says: it is opened under the one name that leads
 * to it, asks the hub under that name, and under no other. There is no alarm: what nobody reads costs nothing.
 */
export class Replica {
  readonly #storage: DurableObjectStorage
  readonly #id: DurableObjectId
  readonly #env: Env
  readonly #execute: ReplicaObject["executeQuery"]
  #admitted: Admitted | undefined
  /** One after the other: who it is is found out, told, and forgotten. */
  #last: Promise<unknown> = Promise.resolve()
  #pulling: { readonly from: number; readonly done: Promise<Pulled> } | undefined
  /** The pull that begins once that one has ended. */
  #next: Promise<Pulled> | undefined
  /** It holds all that the hub held then. */
  #freshAt: number | undefined
  #place: Hello | undefined
  #reported: (Standing & Pick<Hello, "generations">) | undefined

  constructor(ctx: DurableObjectState, env: Env, execute: ReplicaObject["executeQuery"]) {
    this.#storage = ctx.storage
    this.#id = ctx.id
    this.#env = env
    this.#execute = execute
  }

  /**
   * Makes sure that this is the replica of that name, and with a number that one of those of its name; tells its number, or nothing
   * where it is not.
   */
  admit(name: string, made: number | undefined): Promise<number | undefined> {
    return this.#inTurn(async () => {
      if (!this.#id.equals(replicaId(this.#env, name))) return undefined
      this.#admitted ??= await this.#storage.get<Admitted>(key)
      const known = this.#admitted?.made ?? nobody
      if (known === nobody || (made !== undefined && made > known)) await this.#ask(name)
      const number = this.#admitted?.made
      return made === undefined || made === number ? number : undefined
    })
  }

  /** Throws where the object is not what it was opened as any more. */
  check(made: number): void {
    if (this.#admitted?.made !== made) throw new Error("There is no such replica any more.")
  }

  /** Forgets all, rows and which one it was, unless it is a later one by now. The hub has noted that it is gone. */
  destroy(name: string, made: number): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#id.equals(replicaId(this.#env, name))) return
      this.#admitted ??= await this.#storage.get<Admitted>(key)
      if ((this.#admitted?.made ?? nobody) <= made) await this.#wipe()
    })
  }

  /** When all that the hub held then was here; undefined where that never was. */
  async freshAt(): Promise<number | undefined> {
    return this.#freshAt ?? (await this.#storedFreshAt())
  }

  /** Pulls where the rows are older than wished, and waits for that until a time at most. */
  async fresh(maxStaleness: number, deadline: number): Promise<"gone" | undefined> {
    const wanted = Date.now() - maxStaleness
    while ((this.#freshAt ?? 0) < wanted && Date.now() < deadline) {
      const pulled = await Promise.race([this.pull(wanted), waited(deadline - Date.now())])
      if (pulled === "gone") return pulled
      if (pulled !== "done") return undefined
    }
    return undefined
  }

  /** Whether all of the hub's log up to a place is here. */
  has({ epoch, seq }: Place): boolean {
    return this.#place !== undefined && this.#place.epoch === epoch && this.#place.seq >= seq
  }

  /** Pulls all that there is; who asks while a pull is under way that began late enough gets that one's outcome. */
  pull(from = Date.now()): Promise<Pulled> {
    if (this.#pulling === undefined) return this.#begin()
    if (this.#pulling.from >= from) return this.#pulling.done
    this.#next ??= this.#pulling.done.then(() => this.#begin())
    return this.#next
  }

  /** Has the next pull tell the hub how it stands, whether or not that is news: what was done elsewhere, this object does not know. */
  tellAgain(): void {
    this.#reported = undefined
  }

  /** Builds all tables anew, beside the ones that readers see. */
  async refresh(): Promise<Pulled> {
    while (this.#pulling !== undefined) await this.#pulling.done
    return this.#begin(true)
  }

  #begin(refresh = false): Promise<Pulled> {
    this.#next = undefined
    const done = this.#pull(refresh).finally(() => (this.#pulling = undefined))
    this.#pulling = { from: Date.now(), done }
    return done
  }

  async #pull(refresh: boolean): Promise<Pulled> {
    const own = this.#admitted
    if (own === undefined) return "gone"
    const until = Date.now() + longestMillis
    try {
      for (let isFirst = true; ; isFirst = false) {
        const from = Date.now()
        // What a run does not fail at, it has read up to where the log was at its beginning.
        let hello: Hello | undefined
        const send = async (request: FeedRequest) => {
          const answer = await this.#send(own, request)
          hello ??= helloOf(request, answer)
          return answer
        }
        const rpc = { executeQuery: (query: Parameters<ReplicaObject["executeQuery"]>[0]) => this.#guarded(own, query) }
        const results = await pullNow(replicaOptions(own.name, send), { rpc }, { refresh: refresh && isFirst })
        if (this.#admitted !== own) return "gone"
        const failed = results.find(({ error }) => error !== undefined && error.code !== "refused")
        const isMore = results.some(({ more }) => more)
        if (failed === undefined && !isMore && hello !== undefined) {
          this.#freshAt = from
          this.#place = hello
        }
        // What another run holds, such as one that died, is free again after a while.
        if (failed?.error !== undefined && isOtherRun(failed.error.code)) return "more"
        await this.#report(own, results, failed?.error?.message)
        if (failed !== undefined) return "failed"
        if (!isMore) return "done"
        if (Date.now() > until) return "more"
      }
    } catch (error) {
      if (this.#admitted !== own) return "gone"
      console.error(
        JSON.stringify({ event: "replica.failed", level: "error", replica: own.name, message: messageOf(error) }),
      )
      return "failed"
    }
  }

  async #guarded(own: Admitted, query: Parameters<ReplicaObject["executeQuery"]>[0]) {
    this.check(own.made)
    return this.#execute(query)
  }

  async #send(own: Admitted, request: FeedRequest): Promise<unknown> {
    this.check(own.made)
    const answer = await hubOf(this.#env).fleet.feed(own.name, own.made, request)
    if (answer === undefined) {
      // The hub has another one of that name by now, or none: what is here is found out by whoever opens it next.
      if (this.#admitted === own) {
        this.#admitted = { name: own.name, made: nobody }
        await this.#storage.put(key, this.#admitted)
      }
      throw new Error("There is no such replica any more.")
    }
    return answer
  }

  /** Tells the hub how it stands, where that is something new for it. */
  async #report(own: Admitted, results: ReadonlyArray<TableResult>, error: string | undefined): Promise<void> {
    const place = this.#place
    const didSomething = results.some(({ written, deleted }) => written > 0 || deleted > 0)
    const last = this.#reported
    if (place === undefined && error === undefined) return
    const { epoch, generations, seq, trimmed } = place ?? { epoch: "", generations: "", seq: 0, trimmed: 0 }
    const isOther = last?.epoch !== epoch || last.generations !== generations || last.seq < trimmed
    if (!isOther && !didSomething && last.error === error) return
    const standing = { epoch, seq, error }
    await hubOf(this.#env)
      .fleet.told(own.name, own.made, standing)
      .then(
        () => (this.#reported = { ...standing, generations }),
        () => undefined,
      )
  }

  /** Asks the hub which replica this is by now. What is here of an earlier one goes. */
  async #ask(name: string): Promise<void> {
    const made = await hubOf(this.#env).fleet.admit(name)
    if (this.#admitted !== undefined && this.#admitted.made !== made) await this.#wipe()
    if (made === undefined) return
    const admitted = { name, made }
    await this.#storage.put(key, admitted)
    this.#admitted = admitted
  }

  async #wipe(): Promise<void> {
    this.#admitted = undefined
    this.#freshAt = undefined
    this.#place = undefined
    this.#reported = undefined
    // It fails at its next step.
    await this.#pulling?.done
    await this.#storage.deleteAll()
  }

  async #storedFreshAt(): Promise<number | undefined> {
    try {
      const [row] = this.#storage.sql
        .exec(
          `SELECT iif(count(*) = count(synced_at), max(min(synced_at), coalesce((SELECT min(synced_at) FROM tmp_replication_logs), 0)), NULL)
            FROM tmp_replication_tables`,
        )
        .raw()
      return Number(row?.[0]) || undefined
    } catch {
      return undefined
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work)
    this.#last = next.catch(() => undefined)
    return next
  }
}

const waited = (millis: number) =>
  new Promise<"late">((resolve) => setTimeout(() => resolve("late"), Math.max(0, millis)))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

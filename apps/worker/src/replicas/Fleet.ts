import { RpcTarget } from "cloudflare:workers"
import type { Replicas } from "@starbase-replication/core/config"
import { answerFeed } from "@starbase-replication/hub"
import type { FeedAnswer } from "@starbase-replication/hub/protocol"
import { fromStorage } from "@starbase-replication/sink-sqlite"
import { parseName } from "./names.ts"
import { isThere, makeRegistry } from "./tables.ts"

/** How a replica stands by its own account: all of the hub's log was told to it up to a place, or why no more of it. */
export interface Standing {
  readonly epoch: string
  readonly seq: number
  readonly error: string | undefined
}

/** What a hub answers a replica; undefined where there is no such replica any more. */
export type Fed = FeedAnswer | undefined

/**
 * What the hub's object knows of its replicas, and does for them. Who asks, its callers have found out: a replica's object asks
 * under the name that leads to it alone.
 */
export class Fleet extends RpcTarget {
  readonly #sql: SqlStorage
  readonly #replicas: () => Replicas | undefined

  constructor(sql: SqlStorage, replicas: () => Replicas | undefined) {
    super()
    this.#sql = sql
    this.#replicas = replicas
  }

  /** Which one of that name is there, by its number; undefined where none is. A region's is, as long as the config has the region. */
  async admit(name: string): Promise<number | undefined> {
    const replicas = this.#replicas()
    const named = parseName(name)
    if (replicas === undefined || named === undefined) return undefined
    if (named.region !== undefined) {
      if (!replicas.regions.includes(named.region)) return undefined
      if (this.#numberOf(name) === undefined) this.#insert(name)
    }
    return this.#numberOf(name)
  }

  /** Makes sure of a replica, and gives its number; undefined where it was deleted, or can be none. */
  async make(name: string): Promise<number | undefined> {
    const named = parseName(name)
    if (this.#replicas() === undefined || named === undefined) return undefined
    if (named.region === undefined && this.#rowOf(name) === undefined) this.#insert(name)
    return this.admit(name)
  }

  /** Answers a replica, with what is its own. */
  async feed(name: string, made: number, request: unknown): Promise<Fed> {
    const named = parseName(name)
    if (named === undefined || (await this.admit(name)) !== made) return undefined
    return answerFeed(fromStorage(this.#sql), named.identity, request)
  }

  /** Notes how a replica stands. */
  async told(name: string, made: number, { epoch, seq, error }: Standing): Promise<void> {
    if ((await this.admit(name)) !== made) return
    const now = String(Date.now())
    if (error === undefined) {
      this.#sql.exec(
        `UPDATE tmp_replication_fleet SET epoch = ?1, seq = CAST(?2 AS INTEGER), told_at = CAST(?3 AS INTEGER), error = NULL, error_at = NULL
          WHERE name = ?4 AND (epoch IS NOT ?1 OR seq IS NOT CAST(?2 AS INTEGER) OR error IS NOT NULL)`,
        epoch,
        String(seq),
        now,
        name,
      )
    } else {
      this.#sql.exec(
        `UPDATE tmp_replication_fleet SET error = ?1, error_at = CAST(?2 AS INTEGER) WHERE name = ?3 AND error IS NOT ?1`,
        error,
        now,
        name,
      )
    }
  }

  #insert(name: string): void {
    makeRegistry(this.#sql)
    this.#sql.exec(
      `INSERT INTO tmp_replication_fleet (name, made, is_live, since) VALUES (?, 1, 1, CAST(? AS INTEGER)) ON CONFLICT DO NOTHING`,
      name,
      String(Date.now()),
    )
  }

  #rowOf(name: string): { readonly made: number; readonly isLive: boolean } | undefined {
    if (!isThere(this.#sql, "tmp_replication_fleet")) return undefined
    const [row] = this.#sql.exec("SELECT made, is_live FROM tmp_replication_fleet WHERE name = ?", name).raw()
    return row === undefined ? undefined : { made: Number(row[0]), isLive: row[1] === 1 }
  }

  #numberOf(name: string): number | undefined {
    const row = this.#rowOf(name)
    return row?.isLive === true ? row.made : undefined
  }
}

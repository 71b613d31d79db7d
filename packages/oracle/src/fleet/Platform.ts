import type { Execute } from "@starbase-replication/sink-sqlite"
import { BrokenPromise } from "../Promises.ts"

/**
 * What Cloudflare allows, which its runtime does not enforce where it runs locally: bytes and parameters of a statement and bytes
 * of a value in a Durable Object's SQLite, requests that one invocation may make to others (1,000 in older copies of the page),
 * and bytes that one call may carry.
 * https://developers.cloudflare.com/durable-objects/platform/limits/
 * https://developers.cloudflare.com/workers/platform/limits/
 */
export const allowed = { statement: 100_000, params: 100, value: 2_000_000, requests: 1_000, message: 32 * 1024 * 1024 }

const kinds = ["statement", "params", "value", "requests", "message"] as const

export type Used = Record<keyof typeof allowed, number>

/** Counts what the members of a fleet ask of the platform: the most of each kind. */
export class Platform {
  readonly most: Used = { statement: 0, params: 0, value: 0, requests: 0, message: 0 }

  /** Sees the statements that go to a database. */
  watch(execute: Execute): Execute {
    return (sql, params) => {
      this.#note("statement", Buffer.byteLength(sql))
      this.#note("params", params.length)
      for (const value of params) if (value !== null) this.#note("value", Buffer.byteLength(value))
      return execute(sql, params)
    }
  }

  /** Notes how many requests one invocation has made by now. */
  requested(count: number): void {
    this.#note("requests", count)
  }

  /** Notes what a call carries; gives it as whoever receives it sees it. */
  carry(message: unknown): unknown {
    const text = JSON.stringify(message)
    this.#note("message", Buffer.byteLength(text))
    return JSON.parse(text) as unknown
  }

  /** Throws where something was more than is allowed. */
  check(): void {
    for (const what of kinds) {
      if (this.most[what] > allowed[what])
        throw new BrokenPromise(`The platform allows ${allowed[what]} (${what}), not ${this.most[what]}.`)
    }
  }

  #note(what: keyof Used, count: number): void {
    this.most[what] = Math.max(this.most[what], count)
  }
}

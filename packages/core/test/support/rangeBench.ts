import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { ConnectorError } from "../../src/error/ConnectorError.ts"
import type { Batch } from "../../src/sink/Batch.ts"
import type { Plan } from "../../src/plan/Plan.ts"
import type { SinkRun } from "../../src/sink/SinkRun.ts"
import { pageOf } from "../../src/source/Page.ts"
import type { SourceShape } from "../../src/source/Source.ts"
import { Digesting, type Ranges } from "../../src/state/Ranges.ts"
import type { Reconciliation } from "../../src/state/Reconciliation.ts"
import type { Key } from "../../src/table/Key.ts"
import { compareKeys, type KeySpan } from "../../src/table/KeyOrder.ts"
import type { Row, Value } from "../../src/table/Table.ts"

/** A row's hash, as the source of this bench makes it. */
export const hashOf = (row: Row): string => createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 16)

/** The value of rows that the replica cannot hold. */
export const unfit = "unfit"

/**
 * A table of keys and one value at a source, and its replica, both in memory. `before` is called before each question and
 * each apply, where it may change the source or fail.
 */
export class RangeBench {
  readonly source = new Map<string, Value>()
  readonly replica = new Map<string, Value>()
  readonly aside = new Set<string>()
  ranges: Ranges | undefined
  reconciliation: Reconciliation | undefined
  asked: Array<string> = []
  applies = 0
  before: (step: "ask" | "apply") => void = () => {}
  readonly plan: Plan
  readonly #compare: (a: Key, b: Key) => number

  constructor(plan: Plan) {
    this.plan = plan
    this.#compare = compareKeys(plan.columns)
  }

  isIn({ after, until }: KeySpan, key: string): boolean {
    const isAbove = after === undefined || this.#compare([key], after) > 0
    return isAbove && (until === undefined || this.#compare([key], until) <= 0)
  }

  /** Rows in the order of keys, or in the one that a collation would have. */
  rows(of: ReadonlyMap<string, Value>): ReadonlyArray<readonly [string, Value]> {
    return [...of].toSorted(([a], [b]) => this.#compare([a], [b]))
  }

  #ask(what: string): void {
    this.asked.push(what)
    this.before("ask")
  }

  /** A source that orders texts the other way round, as no digest does. */
  readonly shape = (): SourceShape => {
    const sign = this.plan.columns[0]?.type === "text" ? -1 : 1
    const order = (a: string, b: string) => sign * this.#compare([a], [b])
    const unused = Effect.die("not to be asked")
    return {
      list: () => unused,
      describe: () => unused,
      highest: () => unused,
      read: (request) =>
        Effect.sync(() => {
          this.#ask("read")
          const [after] = request.after ?? []
          const within = request.spans?.within ?? [{ after: undefined, until: undefined }]
          const some = [...this.source]
            .filter(([key]) => within.some((span) => this.isIn(span, key)))
            .filter(([key]) => after === undefined || order(key, after) > 0)
            .toSorted(([a], [b]) => order(a, b))
          const rows = some
            .slice(0, request.limit)
            .map((row): Row => (request.hashed === true ? [...row, hashOf(row)] : row))
          return pageOf(request, { rows, done: some.length <= request.limit, bytes: rows.length * 10 })
        }),
      lookup: ({ columns, keys }) =>
        Effect.sync(() => {
          this.#ask("lookup")
          return keys.flatMap(([key = ""]) =>
            this.source.has(key) ? [[key, this.source.get(key) ?? null].slice(0, columns.length)] : [],
          )
        }),
      digest: ({ span, bounds }) =>
        Effect.sync(() => {
          if (bounds === undefined) return []
          this.#ask("digest")
          const digests = new Map<number, Digesting>()
          for (const row of this.source) {
            if (!this.isIn(span, row[0])) continue
            const place = bounds.findIndex((bound) => this.#compare([row[0]], bound) <= 0)
            const range = place < 0 ? bounds.length : place
            const digest = digests.get(range) ?? new Digesting()
            digest.add(hashOf(row))
            digests.set(range, digest)
          }
          return [...digests].map(([range, { count, digest }]) => ({ range, count, digest }))
        }),
    }
  }

  #apply(batch: Batch): void {
    this.before("apply")
    this.applies += 1
    if (batch.touched !== undefined) this.ranges = batch.touched
    else if (batch.ranges === undefined && batch.rows.length + batch.deletes.length > 0) this.ranges = undefined
    for (const [key, value = null] of batch.rows) {
      this.aside.delete(key ?? "")
      if (value === unfit) this.aside.add(key ?? "")
      else this.replica.set(key ?? "", value)
    }
    for (const [key = ""] of batch.deletes) {
      this.replica.delete(key)
      this.aside.delete(key)
    }
    if (typeof batch.ranges === "object") this.ranges = batch.ranges
    const state = batch.reconciliation?.state
    if (state !== undefined) this.reconciliation = typeof state === "string" ? undefined : state
  }

  readonly run = (): SinkRun => {
    const unused = Effect.die("not to be asked")
    const keysIn = (keys: Iterable<string>, span: KeySpan) => [...keys].filter((key) => this.isIn(span, key))
    return {
      plan: this.plan,
      stored: {
        position: undefined,
        failures: 0,
        reconciliation: this.reconciliation,
        reconciledAt: undefined,
        verification: undefined,
        verificationEndedAt: undefined,
      },
      swap: undefined,
      renew: () => unused,
      ranges: Effect.sync(() => this.ranges),
      replica: {
        countRows: Effect.sync(() => this.replica.size),
        keys: (after, limit) =>
          Effect.sync(() =>
            this.rows(this.replica)
              .filter(([key]) => after === undefined || this.#compare([key], after) > 0)
              .slice(0, limit)
              .map(([key]) => [key]),
          ),
        countWithin: (span) =>
          Effect.sync(() => ({
            rows: keysIn(this.replica.keys(), span).length,
            setAside: keysIn(this.aside, span).map((key) => [key]),
          })),
        rows: () => unused,
        summarize: () => unused,
        compare: () => unused,
        present: (keys) => Effect.sync(() => keys.filter(([key = ""]) => this.replica.has(key))),
        setAside: () => unused,
      },
      findings: {
        suspects: () => unused,
        differences: () => unused,
        countDifferences: unused,
        clearDifferences: unused,
        noteVerification: () => unused,
        completeVerification: () => unused,
      },
      countFilled: unused,
      apply: (batch) =>
        Effect.try({
          try: () => this.#apply(batch),
          catch: () => new ConnectorError({ code: "storage", message: "the store failed" }),
        }),
      finish: () => unused,
    }
  }

  /** The places of ranges of which something else is known than what the replica holds. */
  untrue(): ReadonlyArray<number> {
    const list = this.ranges?.list ?? []
    return list.flatMap(({ until, count, digest }, place) => {
      const span = { after: list[place - 1]?.until ?? undefined, until: until ?? undefined }
      const held = new Digesting()
      for (const row of this.replica) if (this.isIn(span, row[0])) held.add(hashOf(row))
      return digest === null || (held.digest === digest && held.count === count) ? [] : [place]
    })
  }
}

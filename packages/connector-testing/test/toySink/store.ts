import {
  ConnectorError,
  type Difference,
  type ErrorDescription,
  type HistoryEntry,
  type Key,
  type Position,
  type Ranges,
  type Reconciliation,
  type Reject,
  type Row,
  type SourceState,
  type TableState,
  type Verification,
} from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"

/** A table, its rows by their keys' texts. */
export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly isOurs: boolean
  readonly rows: Map<string, Row>
  /** A column of which no two rows may have the same value. */
  unique: string | undefined
}

/** What a replica was made from. */
export interface Shape {
  readonly columns: ReadonlyArray<readonly [name: string, type: string, into: string]>
  readonly key: ReadonlyArray<string>
  readonly cursor: string | undefined
}

/** A replica and where its pull stands. */
export interface Replica {
  readonly shape: Shape
  readonly table: string
  position: Position | undefined
}

/** What is known of a replicated table. */
export interface Meta {
  readonly source: string
  readonly sourceTable: string
  live: Replica | undefined
  next: Replica | undefined
  lease: string
  leaseUntil: number
  isComplete: boolean
  written: number
  deleted: number
  readonly rejects: Map<string, Reject>
  readonly suspects: Map<string, Key>
  readonly differences: Map<string, { readonly key: Key; readonly kind: Difference }>
  ranges: Ranges | undefined
  reconciliation: Reconciliation | undefined
  reconciledAt: number | undefined
  verification: Verification | undefined
  verificationEndedAt: number | undefined
  verifiedAt: number | undefined
  drift: TableState["drift"]
  lastRunAt: number | undefined
  lastSuccessAt: number | undefined
  syncedAt: number | undefined
  more: boolean
  failures: number
  retryAt: number | undefined
  blockedBy: string | undefined
  paused: boolean
  error: ErrorDescription | undefined
  errorSince: number | undefined
}

/** All that a store holds. */
export interface Data {
  readonly tables: Map<string, Table>
  readonly metas: Map<string, Meta>
  readonly sources: Map<string, SourceState>
  readonly history: Array<HistoryEntry>
}

export const newMeta = (source: string, sourceTable: string): Meta => ({
  source,
  sourceTable,
  live: undefined,
  next: undefined,
  lease: "",
  leaseUntil: 0,
  isComplete: false,
  written: 0,
  deleted: 0,
  rejects: new Map(),
  suspects: new Map(),
  differences: new Map(),
  ranges: undefined,
  reconciliation: undefined,
  reconciledAt: undefined,
  verification: undefined,
  verificationEndedAt: undefined,
  verifiedAt: undefined,
  drift: undefined,
  lastRunAt: undefined,
  lastSuccessAt: undefined,
  syncedAt: undefined,
  more: false,
  failures: 0,
  retryAt: undefined,
  blockedBy: undefined,
  paused: false,
  error: undefined,
  errorSince: undefined,
})

/** A store in memory, changed by atomic steps alone. */
export class ToyStore {
  data: Data = { tables: new Map(), metas: new Map(), sources: new Map(), history: [] }
  writes = 0
  watch: ((moment: "before" | "after") => void) | undefined

  /** Changes a copy, and keeps it where nothing fails. A step that changes nothing is no write. */
  step<A>(change: (data: Data) => A): Effect.Effect<A, ConnectorError> {
    return Effect.try({
      try: () => {
        this.watch?.("before")
        const draft = structuredClone(this.data)
        const value = change(draft)
        if (!isDeepStrictEqual(draft, this.data)) this.writes += 1
        this.data = draft
        this.watch?.("after")
        return value
      },
      catch: (cause) =>
        cause instanceof ConnectorError
          ? cause
          : new ConnectorError({ code: "storage", message: `the store failed: ${String(cause)}` }),
    })
  }
}

export const refuse = (code: ConnectorError["code"], message: string): never => {
  throw new ConnectorError({ code, message })
}

/** A text that is another one once a run has held the table or moved its position. */
export const versionOf = ({ lease, leaseUntil, live, next }: Meta): string =>
  JSON.stringify([lease, leaseUntil === 0, live?.position, next?.position])

export const keyText = (key: ReadonlyArray<string | null>): string => JSON.stringify(key)

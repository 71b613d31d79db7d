import type { ColumnType, ConnectorError, Source, TableName } from "@starbase-replication/core/source"
import type * as Layer from "effect/Layer"
import type { Expression, Tables } from "./Tables.ts"
import type { Without } from "./Without.ts"

/** A source to open. */
export type SourceLayer = Layer.Layer<Source, ConnectorError>

/**
 * A type of the source, what it becomes, and values: each a text that the source takes for it, with the canonical text
 * that must come of it; a text alone is both. Each is tried as a key, where nothing says that it cannot be one: then the
 * source may refuse it as a key, and must not say that a row is absent.
 */
export type TypeCase = readonly [
  declared: string,
  becomes: ColumnType,
  values: ReadonlyArray<string | readonly [given: string | Expression, canonical: string]>,
  noKey?: Without,
]

/** How a source is reached over the network. The kit puts a proxy of its own between, and lets it fail. */
export interface Network {
  readonly host: string
  readonly port: number
  /** The same source at another address; with `timeoutMillis` it waits no longer than that for an answer. */
  readonly open: (at: { readonly host: string; readonly port: number; readonly timeoutMillis?: number }) => SourceLayer
  /** `own` where a run has one connection and closes it; `shared` where a pool keeps connections open, as `fetch` does. */
  readonly connections: "own" | "shared"
}

/** A transaction that has not ended. */
export interface OpenTransaction {
  readonly insert: Tables["insert"]
  readonly commit: () => Promise<void>
}

/** What the kit must know of a source to examine it. What a source cannot have is left out with `without(reason)`. */
export interface SourceHarness {
  /** Opens the source as a deployment does; each time that it is provided is a run of its own. */
  readonly source: SourceLayer
  readonly tables: Tables
  /** What must never be seen in an error: passwords, tokens, URLs that hold them. */
  readonly secrets: ReadonlyArray<string>
  /** The connector's own table of types, extremes included. */
  readonly types: ReadonlyArray<TypeCase>
  readonly network: Network | Without
  /** The source with a wrong password, key or token. */
  readonly wrongPassword: SourceLayer | Without
  /** The source with a database, or whatever holds tables, that is not there. */
  readonly wrongDatabase: SourceLayer | Without
  /** The source with other settings that cannot work, such as a URL that is none; searched for secrets alone. */
  readonly misconfigured?: ReadonlyArray<SourceLayer>
  /** Takes the right to read a table from the user that `source` logs in as. */
  readonly forbid: ((table: TableName) => Promise<void>) | Without
  /** A table or view whose rows take minutes, and the source with a timeout of less than a second. */
  readonly slow: { readonly table: TableName; readonly source: SourceLayer } | Without
  /** Begins a transaction, where the source can tell which are in flight. */
  readonly begin: (() => Promise<OpenTransaction>) | Without
  /**
   * What the server itself, not the connector, cannot be given: names of tables or columns, texts to compare with, and
   * keys of declared types. The kit then does without them; it is asked about each that is out of the ordinary.
   */
  readonly refuses?: {
    readonly name?: (name: string) => boolean
    readonly text?: (text: string) => boolean
    readonly key?: (declared: string) => boolean
  }
}

/** Starts what the source needs. What is given to `atEnd` is called once the suite is over, the last one first. */
export type StartSource = (atEnd: (stop: () => Promise<unknown>) => void) => Promise<SourceHarness>

import type { Connector } from "../source/Connector.ts"
import type { ReplicationDocument } from "./Document.ts"

/**
 * What is written in code or comes from JSON, where TypeScript knows a text as no more than a text, and of entries side
 * by side says that each may lack what another has. Editors still offer the texts that are meant.
 */
type Loose<T> = T extends string
  ? string extends T
    ? T
    : T | (string & {})
  : T extends object
    ? { readonly [K in keyof T]: Loose<T[K]> | LackingIn<T, K> }
    : T

type LackingIn<T, K extends keyof T> = object extends Pick<T, K> ? undefined : never

/** The source entry of a connector; anything of a type where the connector does not say more. */
type SourceEntry<Entry> = unknown extends Entry
  ? { readonly type: string; readonly [field: string]: unknown }
  : Loose<Entry>

type EntryOf<One> = One extends Connector<infer Entry> ? SourceEntry<Entry> : never

type Encoded = typeof ReplicationDocument.Encoded

/**
 * A replication document as it is written, for sources of these connectors. It is checked all the same when it is
 * decoded: a type says nothing of what is only known then.
 */
export type WrittenDocument<Connectors extends ReadonlyArray<Connector> = ReadonlyArray<Connector>> = Loose<
  Omit<Encoded, "sources">
> & {
  /** The databases to replicate from, each by a name of your own. */
  readonly sources?: { readonly [name: string]: EntryOf<Connectors[number]> } | undefined
}

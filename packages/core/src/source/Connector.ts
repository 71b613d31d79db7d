import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { decodeWithProblems } from "../error/problems.ts"
import type { Source } from "./Source.ts"

/** A secret, by the name under which the deployment keeps it. The secret itself never stands in a config. */
export interface SecretRef {
  readonly secret: string
}

/** Gives the value of a named secret; only names that are known to exist are asked for. */
export type Secrets = (ref: SecretRef) => Redacted.Redacted

/** A source entry that was decoded: how to open it, or what is wrong with it, each problem with its path. */
export type Opened =
  | {
      readonly layer: (secrets: Secrets) => Layer.Layer<Source, ConnectorError>
      /** How often its log is read, where it is to be. */
      readonly log?: { readonly every: number } | undefined
    }
  | { readonly problems: ReadonlyArray<string> }

/**
 * What a connector package exports: a type of source, what its config entry looks like, and how to open one. `Entry` is
 * the entry as it is written, for whoever writes a config in code.
 */
export interface Connector<out Entry = unknown> {
  /** The value of `type` in a config document's source entry. */
  readonly type: string
  /** The schema of a source entry, `type` included. */
  readonly settings: Schema.Top & { readonly Encoded: Entry }
  /** Decodes the entry that stands at `path` of a document. */
  readonly open: (entry: unknown, path: string) => Opened
}

/**
 * Makes a connector. `settings` decodes a source entry, in which a secret is a {@link SecretRef}; `layer` opens the
 * source for one run: it connects when it is first used and closes when the run ends.
 */
export const makeConnector = <S extends Schema.ConstraintDecoder<{ readonly type: string }>>(options: {
  readonly type: string
  readonly settings: S & Schema.Top
  readonly layer: (settings: S["Type"], secrets: Secrets) => Layer.Layer<Source, ConnectorError>
  /** How often the source's log is read, in milliseconds, where the entry says that it is. */
  readonly log?: (settings: S["Type"]) => { readonly every: number } | undefined
}): Connector<S["Encoded"]> => ({
  type: options.type,
  settings: options.settings,
  open: (entry, path) => {
    const decoded = decodeWithProblems<S["Type"]>(options.settings, entry, path)
    if ("problems" in decoded) return decoded
    return { layer: (secrets) => options.layer(decoded.value, secrets), log: options.log?.(decoded.value) }
  },
})

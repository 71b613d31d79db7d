import type * as Schema from "effect/Schema"
import { decodeWithProblems } from "../error/problems.ts"
import { ReplicationDocument, TableEntry } from "./Document.ts"

type Document = typeof ReplicationDocument.Type

/** A document as far as it can be read. */
export interface Parts {
  /** What keeps the rest of it from being read, each with its path. */
  readonly problems: ReadonlyArray<string>
  /** Undefined where they have not the form of sources. */
  readonly sources: Document["sources"] | undefined
  /** Each with its place in the document. */
  readonly tables: ReadonlyArray<readonly [index: number, entry: typeof TableEntry.Type]>
  readonly defaults: Document["defaults"] | undefined
  readonly limits: Document["limits"] | undefined
  readonly mask: Document["mask"] | undefined
  readonly replicas: Document["replicas"] | undefined
}

/**
 * Reads a document; where that cannot be done, the parts of it that can be read: what is wrong within them is to be told
 * along with the rest, not only once that is mended.
 */
export const readDocument = (document: unknown): Parts & { readonly value: Document | undefined } => {
  const decoded = decodeWithProblems(ReplicationDocument, document, "")
  if ("value" in decoded) {
    const { sources, tables, defaults, limits, mask, replicas } = decoded.value
    return {
      value: decoded.value,
      problems: [],
      sources,
      tables: [...tables.entries()],
      defaults,
      limits,
      mask,
      replicas,
    }
  }
  const written: Readonly<Record<string, unknown>> =
    typeof document === "object" && document !== null ? { ...document } : {}
  const { defaults, limits, mask, replicas, sources } = ReplicationDocument.fields
  const settings = written["defaults"] === undefined ? {} : read(defaults, written["defaults"])
  const entries: ReadonlyArray<unknown> = Array.isArray(written["tables"]) ? written["tables"] : []
  const tables = entries.flatMap((entry, index) => {
    const one = read(TableEntry, entry)
    return one === undefined ? [] : [[index, one] as const]
  })
  return {
    value: undefined,
    problems: decoded.problems,
    sources: read(sources, written["sources"]),
    // What a table's schedule comes to is not known without the defaults.
    tables: settings === undefined ? [] : tables,
    defaults: settings,
    limits: read(limits, written["limits"]),
    mask: read(mask, written["mask"]),
    replicas: read(replicas, written["replicas"]),
  }
}

const read = <A>(schema: Schema.ConstraintDecoder<A>, input: unknown): A | undefined => {
  const decoded = decodeWithProblems(schema, input, "")
  return "value" in decoded ? decoded.value : undefined
}

/** An entry of `tables` in a config, as far as it is proposed. */
export interface Entry {
  readonly source: string
  readonly table: string
  readonly into?: string
  readonly columns?: ReadonlyArray<string>
  readonly rename?: Readonly<Record<string, string>>
  readonly indexes?: "copy"
}

/** A replication document that is proposed. */
export interface ProposedDocument {
  readonly sources: Readonly<Record<string, unknown>>
  readonly tables: ReadonlyArray<Entry>
}

/** A table that can be replicated, and what would be used. */
export interface ProposedTable {
  readonly entry: Entry
  readonly kind: string
  readonly key: ReadonlyArray<string>
  readonly columns: number
  /** The columns of each index that the source has and a replica could have, beside the key's. */
  readonly indexes: ReadonlyArray<string>
  /** How changes would be found, and why so. */
  readonly changes: { readonly by: string; readonly why: string }
  /** About how many rows, where the source has noted that. */
  readonly rows: number | undefined
  /** What to know of it, each in a sentence. */
  readonly notes: ReadonlyArray<string>
}

/** What a look at a database came to. */
export interface Proposal {
  readonly tables: ReadonlyArray<ProposedTable>
  readonly leftOut: ReadonlyArray<{ readonly table: string; readonly why: string }>
}

/** The document of the tables that were chosen. */
export const documentOf = (
  source: { readonly name: string; readonly entry: Readonly<Record<string, unknown>> },
  tables: ReadonlyArray<ProposedTable>,
): ProposedDocument => ({
  sources: { [source.name]: source.entry },
  tables: tables.map(({ entry }) => entry),
})

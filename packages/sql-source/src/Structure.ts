import type { Relation, Row, SourceIndex, Structure } from "@starbase-replication/core/source"

/** One column of an index or of a foreign key, as catalogs give them row by row, in their order. */
export type StructurePart =
  | {
      readonly index: string
      /** None where it is no column. */
      readonly column: string | null
      readonly descending: boolean
      /** Why the index is no plain one, where it is not. */
      readonly unfit: string | undefined
    }
  | {
      readonly relation: string
      readonly column: string
      /** Without a column it is the key of the other table that is meant. */
      readonly references: Relation["references"]["table"] & { readonly column: string | null }
    }

/** Puts the parts of indexes and foreign keys together. */
export const toStructure = (parts: ReadonlyArray<StructurePart>): Structure => {
  const indexes = new Map<string, SourceIndex>()
  const relations = new Map<string, Relation>()
  for (const part of parts) {
    if ("index" in part) {
      const before = indexes.get(part.index)
      const unfit = before?.unfit ?? part.unfit ?? (part.column === null ? "is over an expression" : undefined)
      const added = part.column === null ? [] : [{ name: part.column, descending: part.descending }]
      const columns = [...(before?.columns ?? []), ...added]
      indexes.set(part.index, { name: part.index, columns, ...(unfit === undefined ? {} : { unfit }) })
    } else {
      const { column, ...table } = part.references
      const before = relations.get(part.relation)
      relations.set(part.relation, {
        name: part.relation,
        columns: [...(before?.columns ?? []), part.column],
        references: { table, columns: [...(before?.references.columns ?? []), ...(column === null ? [] : [column])] },
      })
    }
  }
  return { indexes: [...indexes.values()], relations: [...relations.values()] }
}

/**
 * Reads rows of six texts: `i` for a part of an index, with its name, its column, why it is unfit and whether it
 * descends (`1`); `f` for one of a foreign key, with its name, its column, and schema, table and column of the other.
 */
export const structureOf = (rows: ReadonlyArray<Row>): Structure =>
  toStructure(
    rows.map(([kind, name, column, third, fourth, fifth]) =>
      kind === "i"
        ? { index: name ?? "", column: column ?? null, unfit: third ?? undefined, descending: fourth === "1" }
        : {
            relation: name ?? "",
            column: column ?? "",
            references: {
              ...(third === null || third === undefined ? {} : { schema: third }),
              name: fourth ?? "",
              column: fifth ?? "",
            },
          },
    ),
  )

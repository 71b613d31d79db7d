import { toStructure } from "@starbase-replication/sql-source"
import type { Structure } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"
import type { Statement } from "./dialect.ts"
import type { Answered } from "./rows.ts"

/** The columns of a table's indexes, and of the foreign keys that it declares, each in their order. */
export const structureStatement = (name: string): Statement => ({
  text:
    "SELECT 'i' AS kind, i.name AS name, x.name AS col, iif(i.partial, 'is of some rows only', NULL) AS third," +
    ' x."desc" AS fourth, NULL AS fifth, x.seqno AS place' +
    " FROM pragma_index_list(?1) AS i JOIN pragma_index_xinfo(i.name) AS x WHERE x.key = 1" +
    " UNION ALL SELECT 'f', f.id, f.[from], f.[table], NULL, f.[to], f.seq FROM pragma_foreign_key_list(?1) AS f" +
    " ORDER BY 1, 2, 7",
  values: [name],
})

const Named = Schema.NullOr(Schema.Union([Schema.String, Schema.Number, Schema.BigInt]))
const Part = Schema.Struct({
  kind: Schema.String,
  name: Named,
  col: Named,
  third: Named,
  fourth: Named,
  fifth: Named,
})
const decodeParts = Schema.decodeUnknownSync(Schema.Array(Part))

/** What a {@link structureStatement}'s rows say. A foreign key that names no columns means the other table's primary key. */
export const structured = (rows: ReadonlyArray<Answered>): Structure =>
  toStructure(
    decodeParts(rows).map(({ kind, name, col, third, fourth, fifth }) =>
      kind === "i"
        ? {
            index: String(name),
            column: col === null ? null : String(col),
            unfit: third === null ? undefined : String(third),
            descending: String(fourth) === "1",
          }
        : {
            relation: `foreign key ${String(name)}`,
            column: String(col),
            references: { name: String(third), column: fifth === null ? null : String(fifth) },
          },
    ),
  )

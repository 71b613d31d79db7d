import { createHash } from "node:crypto"
import type { Row } from "@starbase-replication/core/source"
import { bareType, isSpatial, membersOf, withCollation } from "../types.ts"
import { fromCharset } from "./types/texts.ts"

/** A column as the server keeps it, in the order in which its log tells values. */
export interface LayoutColumn {
  readonly name: string
  /** As `Column.sourceType` has it. */
  readonly sourceType: string
  readonly declared: string
  readonly charset: string | undefined
}

/** What a table is like, as far as its log goes. */
export interface Layout {
  readonly schema: string
  readonly name: string
  readonly columns: ReadonlyArray<LayoutColumn>
  /** Another text where anything is other that decides what the log's values mean. */
  readonly shape: string
}

/** Whether the values of a column are told in another form than a read gives, or in one that is not known here. */
export const isUnlike = ({ declared, charset }: LayoutColumn): boolean => {
  const bare = bareType(declared)
  // What was compressed, or is of an old form, says so in a comment.
  if (/\/\*/.test(declared)) return true
  if (bare === "enum" || bare === "set") return membersOf(declared)?.some((member) => member.includes("?")) !== false
  if (!known.has(bare) && !isSpatial(declared)) return true
  return charset !== undefined && fromCharset(charset) === undefined
}

const known: ReadonlySet<string> = new Set(
  (
    "tinyint smallint mediumint int bigint float double decimal year bit date time datetime timestamp char varchar binary " +
    "varbinary tinytext text mediumtext longtext tinyblob blob mediumblob longblob json uuid inet4 inet6 vector"
  ).split(" "),
)

/** Makes the layout of a table from its columns: name, declared type, character set, collation and expression. */
export const makeLayout = (schema: string, name: string, columns: ReadonlyArray<Row>): Layout => ({
  schema,
  name,
  columns: columns.map(([column, declared, charset = null, collation = null]) => ({
    name: column ?? "",
    declared: declared ?? "",
    sourceType: withCollation(declared ?? "", charset, collation),
    charset: charset ?? undefined,
  })),
  shape: createHash("sha256").update(JSON.stringify(columns)).digest("hex").slice(0, 32),
})

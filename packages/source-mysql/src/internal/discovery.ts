import { type Column, freeName, type Row, type TableName, type TableSchema } from "@starbase-replication/core/source"
import { textLiteral } from "./literals.ts"
import { quote, tableName, uncached } from "./sql.ts"
import { columnType, type Tinyint1, withCollation } from "./types.ts"

/** Lists what the user may see in a database. */
export const listStatement = (schema: string): string => `
  SELECT TABLE_SCHEMA, TABLE_NAME
  FROM information_schema.TABLES
  WHERE ${uncached} AND TABLE_SCHEMA = ${textLiteral(schema)}
    AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')
    AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
  ORDER BY TABLE_NAME`

/** The tables of a {@link listStatement}'s rows. */
export const listed = (rows: ReadonlyArray<Row>): ReadonlyArray<TableName> =>
  rows.map(([schema, name]) => ({ schema: schema ?? "", name: name ?? "" }))

/** A row for each index that begins with a column. */
export const indexStatement = ({ schema, name }: Required<TableName>, column: string): string => `
  SELECT INDEX_NAME
  FROM information_schema.STATISTICS
  WHERE ${uncached} AND TABLE_SCHEMA = ${textLiteral(schema)} AND TABLE_NAME = ${textLiteral(name)}
    AND COLUMN_NAME = ${textLiteral(column)} AND SEQ_IN_INDEX = 1`

/** About how many rows a table has, as the server notes it; NULL for a view. */
export const estimateStatement = ({ schema, name }: Required<TableName>): string => `
  SELECT TABLE_ROWS FROM information_schema.TABLES
  WHERE ${uncached} AND TABLE_SCHEMA = ${textLiteral(schema)} AND TABLE_NAME = ${textLiteral(name)}`

/**
 * Describes tables, of one answer all that there is to know: a row for each table (`t`), column (`c`), column of a
 * unique index (`k`), view (`v`) and, at MariaDB, check constraint (`j`), which is how it marks JSON.
 */
export const discoverStatement = (names: ReadonlyArray<Required<TableName>>): string => {
  const among = (values: ReadonlyArray<string>) => [...new Set(values)].map(textLiteral).join(", ")
  const schemas = among(names.map(({ schema }) => schema))
  const tables = among(names.map(({ name }) => name))
  const wanted = `TABLE_SCHEMA IN (${schemas}) AND TABLE_NAME IN (${tables})`
  return `
    SELECT 't' AS kind, TABLE_SCHEMA AS one, TABLE_NAME AS two, TABLE_TYPE AS three, NULL AS four, NULL AS five,
      NULL AS six, NULL AS seven, @@lower_case_table_names AS folds, 0 AS place, NULL AS expression
    FROM information_schema.TABLES WHERE ${uncached} AND ${wanted} AND TABLE_TYPE <> 'SEQUENCE'
    UNION ALL
    SELECT 'c', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, CHARACTER_SET_NAME, COLLATION_NAME, 0,
      ORDINAL_POSITION, GENERATION_EXPRESSION
    FROM information_schema.COLUMNS WHERE ${wanted}
    UNION ALL
    SELECT 'k', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, INDEX_NAME, NULLABLE, SUB_PART, INDEX_TYPE, 0, SEQ_IN_INDEX, NULL
    FROM information_schema.STATISTICS WHERE ${wanted} AND NON_UNIQUE = 0
    UNION ALL
    SELECT 'v', TABLE_SCHEMA, TABLE_NAME, NULL, NULL, NULL, NULL, NULL, 0, 0, MD5(VIEW_DEFINITION)
    FROM information_schema.VIEWS WHERE ${wanted}
    /*M!100210 UNION ALL
    SELECT 'j', CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, NULL, NULL, NULL, 0, 0, NULL
    FROM information_schema.CHECK_CONSTRAINTS
    WHERE CONSTRAINT_SCHEMA IN (${schemas}) AND TABLE_NAME IN (${tables}) */
    ORDER BY place`
}

/**
 * The columns that may be JSON at MariaDB, of which only the description of an answer tells: a user who may do no more
 * than read does not see check constraints.
 */
export const maybeJson = ({ columns }: TableSchema): ReadonlyArray<Column> =>
  columns.filter(
    ({ type, sourceType }) =>
      type === "text" && /^longtext character set utf8mb4 collate utf8mb4_bin$/.test(sourceType),
  )

/** The table with those columns as JSON. */
export const withJson = (table: TableSchema, names: ReadonlySet<string>): TableSchema => ({
  ...table,
  columns: table.columns.map((column) => (names.has(column.name) ? { ...column, type: "json" } : column)),
})

interface Described {
  readonly name: Required<TableName>
  readonly kind: TableSchema["kind"]
  readonly columns: Array<Column>
  readonly indexes: Map<string, Array<string>>
  readonly unfit: Set<string>
  /** Those of which a column may be NULL. */
  readonly nullable: Set<string>
  identity: string
}

/** The tables of a {@link discoverStatement}'s rows, in the order of `names`. */
export const discovered = (
  names: ReadonlyArray<Required<TableName>>,
  rows: ReadonlyArray<Row>,
  tinyint1: Tinyint1,
): ReadonlyArray<TableSchema | undefined> => {
  const texts = rows.map((row) => row.map((value) => value ?? ""))
  // Where the server folds names, it answers to any spelling.
  const folds = texts.some(([kind, , , , , , , , folding]) => kind === "t" && folding !== "0")
  const idOf = (schema: string, name: string) => {
    const id = JSON.stringify([schema, name])
    return folds ? id.toLowerCase() : id
  }
  const tables = new Map<string, Described>()
  for (const [kind, schema = "", name = "", type] of texts) {
    if (kind !== "t") continue
    tables.set(idOf(schema, name), {
      name: { schema, name },
      kind: type === "VIEW" || type === "SYSTEM VIEW" ? "view" : "table",
      columns: [],
      indexes: new Map(),
      unfit: new Set(),
      nullable: new Set(),
      identity: "",
    })
  }
  const checks = new Set(
    texts
      .filter(([kind]) => kind === "j")
      .map(([, schema = "", name = "", , clause = ""]) => JSON.stringify([idOf(schema, name), clause])),
  )
  for (const [index, [kind, schema = "", name = "", ...rest]] of texts.entries()) {
    const table = tables.get(idOf(schema, name))
    if (table === undefined) continue
    if (kind === "c") {
      const [column = "", declared = "", nullable, , , , place = "", expression = ""] = rest
      const isJson = checks.has(JSON.stringify([idOf(schema, name), `json_valid(\`${column.replaceAll("`", "``")}\`)`]))
      const sourceType = withCollation(declared, rows[index]?.[6] ?? null, rows[index]?.[7] ?? null)
      table.columns.push({
        name: column,
        type: isJson ? "json" : columnType(sourceType, tinyint1),
        sourceType,
        nullable: nullable === "YES",
        // Nothing tells a column from another one of its name and type, but its place. A digest would be no shorter.
        shape: JSON.stringify([place, expression]),
      })
    }
    // Empty where the user may not see it.
    if (kind === "v") table.identity = rest[7] ?? ""
    if (kind === "k") {
      const [column = "", key = "", nullable, prefix, method] = rest
      table.indexes.set(key, [...(table.indexes.get(key) ?? []), column])
      // An index over an expression names no column, and one over a prefix orders by no more than that.
      if (column === "" || prefix !== "" || method !== "BTREE") table.unfit.add(key)
      if (nullable === "YES") table.nullable.add(key)
    }
  }
  return names.map(({ schema, name }) => {
    const table = tables.get(idOf(schema, name))
    // A view that cannot be opened is listed, but has no columns.
    if (table === undefined || table.columns.length === 0) return undefined
    const key = keyOf(table, false)
    return {
      name: table.name,
      kind: table.kind,
      columns: table.columns,
      key,
      identity: table.identity,
      ...(key.length > 0 ? {} : keylessOf(table)),
    }
  })
}

/** The primary key, else the shortest index that tells all rows apart, or all in which none of its columns is NULL. */
const keyOf = ({ indexes, unfit, nullable }: Described, mayBeNull: boolean): ReadonlyArray<string> => {
  const primary = indexes.get("PRIMARY")
  if (primary !== undefined) return primary
  const fit = [...indexes]
    .filter(([name]) => !unfit.has(name) && (mayBeNull || !nullable.has(name)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return (
    fit.reduce<ReadonlyArray<string> | undefined>(
      (best, [, columns]) => (best === undefined || columns.length < best.length ? columns : best),
      undefined,
    ) ?? []
  )
}

/** What there is in the place of a key, or could be. */
const keylessOf = (table: Described): Pick<TableSchema, "nullableKey" | "addKey"> => {
  const nullableKey = keyOf(table, true)
  const added = quote(freeName(table.columns.map(({ name }) => name)))
  const addKey = `ALTER TABLE ${tableName(table.name)} ADD COLUMN ${added} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY`
  return { ...(nullableKey.length === 0 ? {} : { nullableKey }), ...(table.kind === "view" ? {} : { addKey }) }
}

import type { LoggedTable, Row, TableName } from "@starbase-replication/core/source"
import { textLiteral } from "../literals.ts"
import { uncached } from "../sql.ts"
import { isUnlike, type Layout, makeLayout } from "./layout.ts"

/** Asks what tables are like: a row for each table (`t`), column (`c`), foreign key (`f`), rule of one (`r`), index with a column of its own (`x`). */
export const layoutStatement = (names: ReadonlyArray<Required<TableName>>): string => {
  const among = (values: ReadonlyArray<string>) => [...new Set(values)].map(textLiteral).join(", ")
  const schemas = among(names.map(({ schema }) => schema))
  const tables = among(names.map(({ name }) => name))
  const wanted = `TABLE_SCHEMA IN (${schemas}) AND TABLE_NAME IN (${tables})`
  return `
    SELECT 't' AS kind, TABLE_SCHEMA AS one, TABLE_NAME AS two, TABLE_TYPE AS three, ENGINE AS four, NULL AS five, NULL AS six, NULL AS seven, 0 AS place
    FROM information_schema.TABLES WHERE ${uncached} AND ${wanted}
    UNION ALL
    SELECT 'c', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, GENERATION_EXPRESSION, ORDINAL_POSITION
    FROM information_schema.COLUMNS WHERE ${wanted}
    UNION ALL
    SELECT DISTINCT 'f', TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, NULL, NULL, NULL, NULL, 0
    FROM information_schema.KEY_COLUMN_USAGE WHERE ${wanted} AND REFERENCED_TABLE_NAME IS NOT NULL
    UNION ALL
    SELECT 'r', CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, NULL, NULL, 0
    FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN (${schemas}) AND TABLE_NAME IN (${tables})
    UNION ALL
    SELECT DISTINCT 'x', TABLE_SCHEMA, TABLE_NAME, NULL, NULL, NULL, NULL, NULL, 0
    FROM information_schema.STATISTICS WHERE ${wanted} AND (COLUMN_NAME IS NULL OR INDEX_TYPE = 'HASH')
    ORDER BY place`
}

/** Engines of which all that changes their rows is in the log. */
const engines: ReadonlySet<string> = new Set(["innodb", "aria", "myisam", "rocksdb", "tokudb"])

/** What the log has of a table. */
export interface Told {
  readonly layout: Layout
  readonly why: string | undefined
  /** Whether what its foreign keys do is not told, but by the statement that makes it. */
  readonly isUnsure: boolean
}

/** What {@link layoutStatement} gave, by schema and name. */
export const readLayouts = (rows: ReadonlyArray<Row>): ReadonlyArray<Told> => {
  const of = (kind: string, schema: string, name: string) =>
    rows.flatMap(([of, one, two, ...rest]) => (of === kind && one === schema && two === name ? [rest] : []))
  return rows.flatMap(([kind, schema, name, type, engine]) => {
    if (kind !== "t" || !schema || !name) return []
    const columns = of("c", schema, name).map((row) => row.slice(0, 5))
    const rules = new Map(of("r", schema, name).map(([constraint, update, remove]) => [constraint, [update, remove]]))
    const keys = of("f", schema, name).map(([constraint]) => rules.get(constraint))
    const layout = makeLayout(schema, name, columns)
    const why =
      type === "SYSTEM VERSIONED"
        ? "keeps the versions of its rows (WITH SYSTEM VERSIONING)"
        : engine !== null && engine !== undefined && !engines.has(engine.toLowerCase())
          ? `is of the engine ${engine}, whose changes may not be in the log`
          : of("x", schema, name).length > 0
            ? "has an index over an expression, or a unique one over long values: that is a column which the log has and the catalog has not"
            : keys.some((rule) => rule?.some((action) => cascades.test(action ?? "")))
              ? cascaded
              : undefined
    return [{ layout, why, isUnsure: why === undefined && keys.includes(undefined) }]
  })
}

const cascades = /^(?:CASCADE|SET NULL|SET DEFAULT)$/i

/** What the foreign keys of others do to a table is in no log. */
export const cascaded =
  "has a foreign key with ON DELETE or ON UPDATE CASCADE or SET NULL, and what that does to its rows is in no log"

/** Whether the statement that makes a table has foreign keys that change its rows. */
export const hasCascade = (statement: string): boolean =>
  /^\s*(?:CONSTRAINT|FOREIGN KEY)\b.* ON (?:DELETE|UPDATE) (?:CASCADE|SET NULL|SET DEFAULT)/im.test(statement)

export const toLogged = ({ layout, why }: Told): LoggedTable => {
  const columns = layout.columns.map(({ name }) => name)
  return {
    ...(why === undefined ? {} : { why }),
    member: layout.shape,
    identity: columns,
    columns,
    isFiltered: false,
    parts: [],
    madeBy: [],
    attached: [],
    unlike: layout.columns.flatMap((column) => (isUnlike(column) ? [column.name] : [])),
  }
}

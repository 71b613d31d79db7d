import type { TableName } from "@starbase-replication/core/source"
import { textLiteral } from "./literals.ts"
import { uncached } from "./sql.ts"

/** The columns of a table's indexes, and of the foreign keys that it declares, each in their order. */
export const structureStatement = ({ schema, name }: Required<TableName>): string => {
  const wanted = `TABLE_SCHEMA = ${textLiteral(schema)} AND TABLE_NAME = ${textLiteral(name)}`
  return `
    SELECT 'i' AS kind, INDEX_NAME AS name, COLUMN_NAME AS col,
      CASE WHEN INDEX_TYPE <> 'BTREE' THEN CONCAT('is of the type ', INDEX_TYPE)
        WHEN SUB_PART IS NOT NULL THEN CONCAT('is over the beginning of ', COLUMN_NAME) END AS third,
      IF(COLLATION = 'D', '1', '0') AS fourth, NULL AS fifth, SEQ_IN_INDEX AS place
    FROM information_schema.STATISTICS WHERE ${uncached} AND ${wanted}
    UNION ALL
    SELECT 'f', CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME,
      ORDINAL_POSITION
    FROM information_schema.KEY_COLUMN_USAGE WHERE ${wanted} AND REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY kind, name, place`
}

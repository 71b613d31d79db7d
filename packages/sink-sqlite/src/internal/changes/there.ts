import { literal } from "../quote.ts"
import { triggerPrefix } from "./triggers.ts"

/** The triggers that a table has, as one text, given what stands for its name. */
export const triggersThere = (name: string): string =>
  `(SELECT group_concat(m.sql, char(10)) FROM (SELECT sql FROM sqlite_master
    WHERE type = 'trigger' AND tbl_name = ${name} AND substr(name, 1, ${triggerPrefix.length}) = ${literal(triggerPrefix)} ORDER BY name) AS m)`

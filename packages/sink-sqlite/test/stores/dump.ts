import type { SqliteObject } from "@starbase-replication/test-servers"

/**
 * What a database holds, as the SQL that makes it again, but for the views and triggers of replica tables: a run makes
 * them anew where they are others than its own. Tokens, which are random, are all the same.
 */
export const dump = async ({ execute }: SqliteObject): Promise<string> => {
  const made = await execute(
    `SELECT type, name, sql FROM sqlite_master
      WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'tmp_replication_apply*'
      ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 ELSE 2 END, name`,
    [],
  )
  const isTable = ([type]: ReadonlyArray<unknown>) => type === "table"
  const rows: Array<string> = []
  for (const [, name] of made.filter(isTable)) {
    const columns = await execute("SELECT name FROM pragma_table_info(?)", [String(name)])
    const values = columns.map(([column]) => `quote("${String(column)}")`).join(" || ', ' || ")
    const lines = await execute(`SELECT ${values} FROM "${String(name)}" ORDER BY 1`, [])
    rows.push(...lines.map(([line]) => `INSERT INTO "${String(name)}" VALUES (${String(line)})`))
  }
  const texts = (some: typeof made) => some.map(([, , sql]) => String(sql))
  // What has triggers comes last, or they would do again what the rows say.
  const all = [...texts(made.filter(isTable)), ...rows, ...texts(made.filter((one) => !isTable(one)))]
  return `${all.join(";\n")};\n`.replaceAll(/'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'/g, "'token'")
}

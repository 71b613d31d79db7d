import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { columnsOf, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { probeReplica, replicaColumns } from "./replicaTable.ts"
import { type ConnectorError, inReplica, type Plan } from "@starbase-replication/core/sink"

const tableColumn = columnsOf({ name: text, type: text })

/** The affinity that SQLite gives a declared type (https://www.sqlite.org/datatype3.html#determination_of_column_affinity). */
const affinity = (declared: string): string => {
  const type = declared.toUpperCase()
  if (type.includes("INT")) return "INTEGER"
  if (/CHAR|CLOB|TEXT/.test(type)) return "TEXT"
  if (type === "" || type.includes("BLOB")) return "BLOB"
  return /REAL|FLOA|DOUB/.test(type) ? "REAL" : "NUMERIC"
}

/** Why a table that somebody else made cannot hold this plan's rows exactly. */
export const adoptionProblems = Effect.fnUntraced(function* (
  database: Database,
  plan: Plan,
): Effect.fn.Return<ReadonlyArray<string>, ConnectorError> {
  const rows = yield* database.query(`SELECT ${tableColumn.select} FROM pragma_table_info(?)`, plan.into)
  const declared = new Map((yield* tableColumn.decode(rows)).map(({ name, type }) => [name.toLowerCase(), type]))
  const problems = replicaColumns(plan).flatMap(({ name, type }) => {
    const found = declared.get(name.toLowerCase())
    if (found === undefined) return [`it has no column "${name}"`]
    return affinity(found) === affinity(type)
      ? []
      : [`its column "${name}" is ${found || "untyped"}, not ${type || "untyped"}`]
  })
  if (problems.length > 0) return problems
  const probe = yield* Effect.result(database.attempt(probeReplica(plan)))
  if (Result.isSuccess(probe)) return []
  return plan.key.length === 0
    ? ["it takes no rows"]
    : [`it has no primary key or unique index over ${inReplica(plan).key.join(", ")}`]
})

import * as Effect from "effect/Effect"
import type { Database } from "../database.ts"
import { identifier, literal } from "../quote.ts"
import { alias, fromJson, keyColumns, mine } from "../rowJson.ts"
import { placeOf } from "./store.ts"
import {
  ConnectorError,
  type Key,
  type LogTarget,
  type Plan,
  type PlanColumn,
  replicaType,
  type Row,
} from "@starbase-replication/core/sink"

/** The canonical text of what a column stores. A double is given as it is: SQLite prints fewer digits than it has. */
const printed = (column: PlanColumn): string => {
  const name = mine(column.name)
  switch (replicaType(column)) {
    case "blob":
      return `lower(hex(${name}))`
    case "real":
      return name
    default:
      return `CAST(${name} AS TEXT)`
  }
}

/** So many keys are looked up at once. */
const atOnce = 200

/** The rows of a target with these keys, as canonical texts; not what stays of one whose last form was set aside. */
export const rowsOf = Effect.fnUntraced(function* (
  database: Database,
  target: LogTarget,
  plan: Plan,
  keys: ReadonlyArray<Key>,
): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError> {
  const columns = keyColumns(plan)
  const names = columns.map(({ name }) => mine(name)).join(", ")
  // A result has as many columns as a table, so that blobs need no null of their own.
  const statement = `SELECT ${plan.columns.map((column) => (replicaType(column) === "blob" ? `iif(${mine(column.name)} IS NULL, NULL, ${printed(column)})` : printed(column))).join(", ")}
    FROM ${identifier(placeOf(target).table)} AS ${alias.mine}
    WHERE (${names}) IN (SELECT ${columns.map((column, index) => fromJson(column, index, "k.value")).join(", ")} FROM json_each(?) AS k)
      AND NOT EXISTS (SELECT 1 FROM tmp_replication_rejects r WHERE r.name = ${literal(target.into)}
        AND r.key = json_array(${columns.map(printed).join(", ")}))`
  const found: Array<Row> = []
  for (let at = 0; at < keys.length; at += atOnce) {
    const rows = yield* database.query(statement, JSON.stringify(keys.slice(at, at + atOnce)))
    for (const row of rows) found.push(yield* Effect.forEach(row, toValue))
  }
  return found
})

const toValue = (value: unknown): Effect.Effect<string | null, ConnectorError> => {
  if (value === null || typeof value === "string") return Effect.succeed(value)
  if (typeof value === "number") return Effect.succeed(String(value))
  return Effect.fail(
    new ConnectorError({ code: "storage", message: `The replica's database gave a ${typeof value} for a value.` }),
  )
}

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, integer, json, text } from "./columns.ts"
import { bound } from "./compare.ts"
import type { Database } from "./database.ts"
import { identifier, literal } from "./quote.ts"
import { alias, fromJson, keyColumns, mine } from "./rowJson.ts"
import {
  type ConnectorError,
  decodeRanges,
  type KeySpan,
  type Plan,
  type PlanColumn,
  type Ranges,
  replicaType,
} from "@starbase-replication/core/sink"

const kept = columnsOf({ ranges: text })
const counted = columnsOf({ rows: integer, setAside: json(Schema.Array(Schema.Array(Schema.String))) })

/** What the ranges of a replica are known to hold; undefined where another release has noted it. */
export const readRanges = (database: Database, into: string): Effect.Effect<Ranges | undefined, ConnectorError> =>
  database.query("SELECT ranges FROM tmp_replication_ranges WHERE name = ?", into).pipe(
    Effect.flatMap(kept.decode),
    Effect.map(([row]) => (row === undefined ? undefined : decodeRanges(row.ranges))),
  )

/** The statement that forgets what the ranges of a replica hold. */
export const forgetRanges = (into: string): string => `DELETE FROM tmp_replication_ranges WHERE name = ${literal(into)}`

/** A key's value in what was set aside, as the column would have it. */
const asideValue = (column: PlanColumn, index: number): string => {
  const value = fromJson(column, index, "r.key")
  const type = replicaType(column)
  if (type === "integer" || type === "boolean") return `CAST(${value} AS INTEGER)`
  return type === "real" ? `CAST(${value} AS REAL)` : value
}

const maxSetAside = 1000

/** Counts a span's rows and names those that were set aside. Its parameters are the ends that the span has. */
export const countWithin = (database: Database, plan: Plan, { after, until }: KeySpan) => {
  const columns = keyColumns(plan)
  const ends = [
    ["> ", after],
    ["<=", until],
  ] as const
  const params = ends.flatMap(([, key]) => key ?? [])
  const within = (values: ReadonlyArray<string>) => {
    let place = 0
    const conditions = ends.flatMap(([operator, key]) => {
      if (key === undefined) return []
      const some = columns.slice(0, key.length)
      const bounds = some.map((column) => bound(column, `?${(place += 1)}`))
      return [`(${values.slice(0, key.length).join(", ")}) ${operator} (${bounds.join(", ")})`]
    })
    return conditions.length === 0 ? "true" : conditions.join(" AND ")
  }
  const names = columns.map(({ name }) => mine(name))
  const aside = columns.map(asideValue)
  return database
    .query(
      `SELECT (SELECT count(*) FROM ${identifier(plan.into)} AS ${alias.mine} WHERE ${within(names)}),
        (SELECT json_group_array(json(key)) FROM (SELECT r.key FROM tmp_replication_rejects r
          WHERE r.name = ${literal(plan.into)} AND ${within(aside)} LIMIT ${maxSetAside}))`,
      ...params,
    )
    .pipe(
      Effect.flatMap(counted.decode),
      Effect.map(([row = { rows: 0, setAside: [] }]) => row),
    )
}

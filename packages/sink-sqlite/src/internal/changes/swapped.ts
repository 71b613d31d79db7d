import * as Effect from "effect/Effect"
import { columnsOf, given, integer, kept, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { shapeOf } from "../plan.ts"
import { identifier, literal } from "../quote.ts"
import { type Described, Described as DescribedSchema, describeFed, encodeDescribed } from "./described.ts"
import { entriesOf } from "./entries.ts"
import { refeedTable } from "./feed.ts"
import { drawn } from "./store.ts"
import type { ConnectorError, Plan } from "@starbase-replication/core/sink"

/** The rows of both tables that are compared at most, while all who read the database wait. */
export const mostCompared = 200_000

/** What a swap does for those that replicate the table from here: before the old one goes, and once the new one is in its place. */
export interface Swapped {
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
}

const fedRow = columnsOf({ generation: text, described: kept(DescribedSchema) })
const counted = columnsOf({ count: given("count(*)", integer) })

/**
 * Where both tables are of the same form and not too large, what differs between them is logged, and the table stays of its
 * generation: a refresh costs those that replicate it what has changed. Else they have to load the new one.
 */
export const feedSwapped = Effect.fnUntraced(function* (
  database: Database,
  plan: Plan,
  next: string,
): Effect.fn.Return<Swapped, ConnectorError> {
  const [row] = yield* fedRow.decode(
    yield* database.query(`SELECT ${fedRow.select} FROM tmp_replication_fed WHERE name = ?`, plan.into),
  )
  const was = row?.described?.value
  if (row === undefined || was === undefined) return { before: [], after: [] }
  const fan = was.tenant === null ? "all" : { column: was.tenant }
  const is = describeFed({ version: 1, shape: shapeOf(plan), dropped: [] }, fan)
  if (typeof is === "string") return { before: [], after: [] }
  const isSame = encodeDescribed(was) === encodeDescribed(is) && is.key.length > 0
  const isLogged = isSame && (yield* countUpTo(database, plan.into, next)) <= mostCompared
  return {
    before: [...forgetOther(plan.into, row.generation), ...(isLogged ? logDifferences(plan.into, is, next) : [])],
    after: refeedTable(plan.into, is, { was: row.generation, is: isLogged ? row.generation : drawn() }),
  }
})

/** Whoever has changed since it was looked up how the table is fed, or its triggers, has the last word. */
const forgetOther = (into: string, generation: string): ReadonlyArray<string> => [
  `DELETE FROM tmp_replication_fed WHERE name = ${literal(into)} AND NOT EXISTS (
    SELECT 1 FROM tmp_replication_feed AS f WHERE f.name = ${literal(into)} AND f.generation = ${literal(generation)})`,
]

const countUpTo = (database: Database, ...tables: ReadonlyArray<string>) => {
  const some = tables.map((table) => `SELECT 1 FROM ${identifier(table)}`).join(" UNION ALL ")
  return database.query(`SELECT ${counted.select} FROM (${some} LIMIT ${mostCompared + 1})`).pipe(
    Effect.flatMap(counted.decode),
    Effect.map(([row]) => row?.count ?? 0),
  )
}

/** Statements that log each row that only one of two tables has, or that they have with different values. */
const logDifferences = (into: string, described: Described, next: string): ReadonlyArray<string> => {
  const { key, columns } = described
  const { log } = entriesOf(into, described)
  const [mine, theirs] = ["tmp_replication_mine", "tmp_replication_given"]
  const valuesOf = (row: string) => columns.map(({ name }) => `${row}.${identifier(name)}`).join(", ")
  const isSameKey = key.map((name) => `${theirs}.${identifier(name)} = ${mine}.${identifier(name)}`).join(" AND ")
  const ofOneSide = (one: string, other: string) =>
    log(
      mine,
      `tmp_replication_hub, ${identifier(one)} AS ${mine} LEFT JOIN ${identifier(other)} AS ${theirs} ON ${isSameKey}`,
      `${theirs}.${identifier(key[0] ?? "")} IS NULL OR (${valuesOf(mine)}) IS NOT (${valuesOf(theirs)})`,
    )
  return [ofOneSide(into, next), ofOneSide(next, into)]
}

import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, flag, given, json, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { type Lease, takeTable } from "./hold.ts"
import { identifier } from "./quote.ts"
import type { Target } from "./replicaTable.ts"
import type { ConnectorError, ReplicaIndex } from "@starbase-replication/core/sink"

/**
 * What the sink's own indexes begin with. What follows is drawn by lot, because those of a replica that is built anew stand beside
 * the old one's, and no index of anybody else is called so.
 */
const prefix = "tmp_replication_index_"

const Part = Schema.Tuple([Schema.NullOr(Schema.String), Schema.Number])

const found = columnsOf({
  name: given("i.name", text),
  parts: given(
    `(SELECT json_group_array(json_array(name, "desc")) FROM
      (SELECT x.name, x."desc" FROM pragma_index_xinfo(i.name) AS x WHERE x.key = 1 ORDER BY x.seqno))`,
    json(Schema.Array(Part)),
  ),
  isWhole: given("i.partial = 0", flag),
})

const idOf = (parts: ReadonlyArray<typeof Part.Type>): string => JSON.stringify(parts)
const partsOf = ({ columns }: ReplicaIndex) =>
  columns.map(({ name, descending }) => [name, descending ? 1 : 0] as const)

/**
 * Gives a replica table the indexes that are wanted and no others of the sink's own. Nothing is written where they are there. One
 * that somebody else has made over the same columns stands for the sink's.
 */
export const indexReplica = Effect.fn("SinkSqlite.index")(function* (
  database: Database,
  into: string,
  { table }: Target,
  lease: Lease,
  wanted: ReadonlyArray<ReplicaIndex>,
): Effect.fn.Return<boolean, ConnectorError> {
  const rows = yield* database.query(`SELECT ${found.select} FROM pragma_index_list(?) AS i`, table)
  const there = yield* found.decode(rows)
  const others = new Set(
    there.flatMap(({ name, parts, isWhole }) => (!name.startsWith(prefix) && isWhole ? [idOf(parts)] : [])),
  )
  const missing = new Map(wanted.map((index) => [idOf(partsOf(index)), index]))
  for (const id of others) missing.delete(id)
  const drops = there.flatMap(({ name, parts }) =>
    // Of two that are the same, the second is not among the missing any more.
    name.startsWith(prefix) && !missing.delete(idOf(parts)) ? [`DROP INDEX ${identifier(name)}`] : [],
  )
  const creates = [...missing.values()].map(({ columns }) => {
    const parts = columns.map(({ name, descending }) => `${identifier(name)}${descending ? " DESC" : ""}`)
    const name = `${prefix}${crypto.randomUUID().replaceAll("-", "")}`
    return `CREATE INDEX ${identifier(name)} ON ${identifier(table)} (${parts.join(", ")})`
  })
  if (drops.length + creates.length === 0) return false
  yield* takeTable(database, into, lease)
  const change = fenced(database, into, lease.token)
  if (drops.length > 0) yield* change(...drops)
  // Each is looked at by itself: to make one takes its time.
  for (const create of creates) yield* change(create)
  return true
})

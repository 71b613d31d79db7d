import * as Effect from "effect/Effect"
import { columnsOf, flag, given, integer, kept, maybe, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { StoredPlan } from "../plan.ts"
import { openStore } from "../store.ts"
import { describeFed } from "./described.ts"
import { hasHub, hubRow } from "./store.ts"
import { triggersThere } from "./there.ts"
import type { ConnectorError, Fanning, FedTable, HubState } from "@starbase-replication/core/sink"

const there = columnsOf({ isThere: given(hasHub, flag) })
const counted = columnsOf({ count: given("count(*)", integer) })
const tableRow = columnsOf({
  name: given("t.name", text),
  plan: given("t.plan", kept(StoredPlan)),
  generation: given(`iif(f.triggers = ${triggersThere("t.name")}, f.generation, NULL)`, maybe(text)),
})

/** See the HubSink service. */
export const hubState = Effect.fn("SinkSqlite.hubState")(function* (
  database: Database,
  wanted: Fanning | undefined,
): Effect.fn.Return<HubState | undefined, ConnectorError> {
  if (wanted === undefined || !(yield* openStore(database))) return undefined
  const [found] = yield* there.decode(yield* database.query(`SELECT ${there.select}`))
  if (found?.isThere !== true) return undefined
  const [hub] = yield* hubRow.decode(yield* database.query(`SELECT ${hubRow.select} FROM tmp_replication_hub`))
  if (hub === undefined) return undefined
  const [entries] = yield* counted.decode(
    yield* database.query(`SELECT ${counted.select} FROM tmp_replication_changes`),
  )
  const rows = yield* tableRow.decode(
    yield* database.query(
      `SELECT ${tableRow.select} FROM tmp_replication_tables t LEFT JOIN tmp_replication_fed f ON f.name = t.name ORDER BY t.name`,
    ),
  )
  const tables = rows.map(({ name, plan, generation }): FedTable => {
    const fan = wanted.fanOf(name)
    const asked = fan === "none" || plan?.value === undefined ? undefined : describeFed(plan.value, fan)
    return { into: name, fan, withheld: typeof asked === "string" ? asked : undefined, generation }
  })
  const { epoch, seq, trimmed, marks } = hub
  return { epoch, seq: seq - 1, trimmed, entries: entries?.count ?? 0, oldest: marks[0]?.[0], tables }
})

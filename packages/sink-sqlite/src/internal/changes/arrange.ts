import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { columnsOf, flag, given, kept, maybe, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { StoredPlan } from "../plan.ts"
import { identifier, literal } from "../quote.ts"
import { openStore } from "../store.ts"
import { describeFed, encodeDescribed } from "./described.ts"
import { feedTable, isMadeBy, starveTable, triggersWanted } from "./feed.ts"
import { dropHub, makeHub } from "./store.ts"
import { triggersThere } from "./there.ts"
import { trim } from "./trim.ts"
import { indexPrefix, triggerPrefix } from "./triggers.ts"
import type { ConnectorError, Fanning } from "@starbase-replication/core/sink"

/** Every table that is known, or was fed. */
const tableRow = columnsOf({
  name: given("t.name", text),
  plan: given("t.plan", kept(StoredPlan)),
  isWhole: given(
    `t.synced_at IS NOT NULL AND EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'table' AND m.name = t.name)`,
    flag,
  ),
  described: given("f.described", maybe(text)),
  noted: given("f.triggers", maybe(text)),
  there: given(triggersThere("t.name"), maybe(text)),
})

const strayRow = columnsOf({ name: text })
const ownRow = columnsOf({ type: text, name: text })

/** See the HubSink service. */
export const arrange = Effect.fn("SinkSqlite.arrange")(function* (
  database: Database,
  wanted: Fanning | undefined,
  changed: number,
): Effect.fn.Return<void, ConnectorError> {
  if (!(yield* openStore(database))) return
  if (wanted === undefined) return yield* forget(database)
  yield* makeHub(database)
  const rows = yield* tableRow.decode(
    yield* database.query(
      `SELECT ${tableRow.select} FROM tmp_replication_tables t LEFT JOIN tmp_replication_fed f ON f.name = t.name`,
    ),
  )
  for (const { name, plan, isWhole, described, noted, there } of rows) {
    const fan = wanted.fanOf(name)
    const asked = isWhole && plan?.value !== undefined && fan !== "none" ? describeFed(plan.value, fan) : undefined
    if (plan === undefined || asked === undefined || typeof asked === "string") {
      if (there !== undefined || described !== undefined) yield* database.query(starveTable(name).join(";\n"))
      continue
    }
    const isFed = described === encodeDescribed(asked) && noted === there && there === triggersWanted(name, asked)
    if (isFed) continue
    // One that cannot be fed is given to nobody, and is in nobody's way.
    yield* Effect.catch(database.query(feedTable(name, asked, isMadeBy(name, plan.text)).join(";\n")), (error) =>
      error.code === "storage-full" ? Effect.fail(error) : Effect.logError("defect", Cause.fail(error)),
    )
  }
  const strays = yield* strayRow.decode(
    yield* database.query(
      "SELECT name FROM tmp_replication_fed WHERE name NOT IN (SELECT name FROM tmp_replication_tables)",
    ),
  )
  for (const { name } of strays) yield* database.query(starveTable(name).join(";\n"))
  yield* trim(database, wanted.keep, changed, yield* Clock.currentTimeMillis)
})

/** Takes the triggers away first, which would fail without what they write to. */
const forget = Effect.fnUntraced(function* (database: Database) {
  const begins = (prefix: string) => `substr(name, 1, ${prefix.length}) = ${literal(prefix)}`
  const rows = yield* database.query(
    `SELECT type, name FROM sqlite_master WHERE type = 'trigger' AND ${begins(triggerPrefix)} OR type = 'index' AND ${begins(indexPrefix)}`,
  )
  const drops = (yield* ownRow.decode(rows)).map(({ type, name }) => `DROP ${type} IF EXISTS ${identifier(name)}`)
  yield* database.query([...drops, ...dropHub].join(";\n"))
})

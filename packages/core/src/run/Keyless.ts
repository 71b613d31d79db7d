import * as Effect from "effect/Effect"
import type { TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { makePlan } from "../plan/Plan.ts"
import { boundOf, isKeyless, type Keyless } from "../plan/Whole.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { TableSchema } from "../table/Table.ts"

/**
 * How a table without a key is replicated. One with a unique index over columns that may be NULL is read whole too, which
 * keeps all of its rows, as long as it is small enough; once it was too large, that index serves until the replica is
 * built anew by an operator, lest it change to and fro.
 */
export const keylessWay = Effect.fnUntraced(function* (
  config: TableConfig,
  schema: TableSchema,
  from: Position | undefined,
): Effect.fn.Return<Keyless, ConnectorError, Source> {
  if (!isKeyless(config, schema)) return "whole"
  const { readWhole, measure } = yield* Source
  if (readWhole === undefined || measure === undefined) return schema.nullableKey === undefined ? "refused" : "nullable"
  if (schema.nullableKey === undefined) return "whole"
  if (from !== undefined && from.sweep !== "whole") return "nullable"
  const most = boundOf(config)
  const planned = makePlan(config, schema, false)
  // What is wrong with the plan is told where it is made.
  if ("problems" in planned) return "whole"
  const { columns, where } = planned.plan
  const asked = { table: schema, columns, where, weighed: true, digested: false, most: most.rows }
  const { rows = 0, bytes = 0 } = yield* measure(asked)
  return rows > most.rows || bytes > most.bytes ? "nullable" : "whole"
})

import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import { Source } from "../source/Source.ts"
import type { Key } from "../table/Key.ts"

/** The keys that the source does not have. An answer that does not fit the question proves nothing, and fails. */
export const absentKeys = Effect.fnUntraced(function* (plan: Plan, keys: ReadonlyArray<Key>) {
  const source = yield* Source
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const { table, where, key } = plan
  const rows = yield* source.lookup({ table, columns, where, key, keys })
  if (rows.length === keys.length) return []
  const asked = new Map(keys.map((values) => [identity(columns, values), values]))
  for (const row of rows) {
    if (!asked.delete(identity(columns, row))) {
      return yield* new ConnectorError({
        code: "unsupported",
        message: "The source answered a look-up with a key that was not asked for; nothing was deleted.",
        hint: 'Set "deletes": "ignore" for this table, and please report its key columns.',
        key: JSON.stringify(row),
      })
    }
  }
  return [...asked.values()]
})

/** A key as a text that is equal for equal keys: a double may be printed in more than one way. */
const identity = (columns: Plan["columns"], values: ReadonlyArray<string | null>): string =>
  JSON.stringify(values.map((value, at) => (columns[at]?.type === "real" ? String(Number(value)) : value)))

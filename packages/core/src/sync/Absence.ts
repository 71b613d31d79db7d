import * as Effect from "effect/Effect"
import { keyColumns } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import { Source } from "../source/Source.ts"
import { type Key, keyIdentity } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"

export { keyColumns }

/**
 * The keys that the source does not have. A key is what the source spells: an answer in another spelling, as of a
 * column that takes `A` for `a`, is another key's.
 */
export const absentKeys = Effect.fnUntraced(function* (plan: Plan, keys: ReadonlyArray<Key>) {
  if (keys.length === 0) return []
  const source = yield* Source
  const columns = keyColumns(plan)
  const { table, where, key } = plan
  return without(columns, keys, yield* source.lookup({ table, columns, where, key, keys }))
})

/** Keys of so many characters are noted or deleted at a time: several times as many bytes are no sink's parameter. */
const charactersAtOnce = 300_000

/** The first of some keys, as many as may be asked for at a time: at least one. */
export const fitting = (keys: ReadonlyArray<Key>): ReadonlyArray<Key> => {
  let characters = 0
  const end = keys.findIndex((key, at) => {
    characters += key.reduce((sum, value) => sum + value.length, 0)
    return at > 0 && characters > charactersAtOnce
  })
  return end < 0 ? keys : keys.slice(0, end)
}

/** The keys that are not among others. */
export const without = (columns: Plan["columns"], keys: ReadonlyArray<Key>, others: ReadonlyArray<Row>) => {
  const there = new Set(others.map((row) => keyIdentity(columns, row)))
  return keys.filter((values) => !there.has(keyIdentity(columns, values)))
}

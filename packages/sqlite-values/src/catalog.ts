import type { Catalog } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type { DeclaredTypes } from "./declared.ts"
import {
  columnsStatement,
  declare,
  described,
  isMain,
  listed,
  listStatement,
  uniqueKeys,
  uniqueStatement,
} from "./discovery.ts"
import type { Query } from "./rows.ts"
import { structured, structureStatement } from "./structure.ts"

/** What a database says of its tables; `types` are those that the settings declare. */
export const makeCatalog = (query: Query, types: DeclaredTypes | undefined): Catalog => ({
  list: (schema) => (isMain({ schema }) ? Effect.map(query(listStatement), listed) : Effect.succeed([])),

  structure: ({ name: { name } }) => Effect.map(query(structureStatement(name)), structured),

  describe: (names) => {
    const places = names.flatMap((name, place) => (isMain(name) ? [place] : []))
    const asked = places.map((place) => names[place]?.name ?? "")
    return Effect.gen(function* () {
      const found = yield* Effect.forEach(yield* describe(query, asked), (table) =>
        table === undefined ? Effect.undefined : declare(table, types),
      )
      return { tables: names.map((_, place) => found[places.indexOf(place)]), transactions: undefined }
    })
  },
})

/** The tables in the order of their names, undefined for one that is not there. */
export const describe = Effect.fnUntraced(function* (query: Query, names: ReadonlyArray<string>) {
  if (names.length === 0) return []
  const tables = described(yield* query(columnsStatement(names)))
  const keyless = [...tables].filter(([, { kind, key }]) => kind === "table" && key.length === 0)
  if (keyless.length === 0) return names.map((_, place) => tables.get(place))
  const some = keyless.map(([, table]) => table)
  const keys = uniqueKeys(yield* query(uniqueStatement(some.map(({ name }) => name.name))), some)
  const keyed = new Map(keyless.map(([place, table], index) => [place, { ...table, ...keys[index] }]))
  return names.map((_, place) => keyed.get(place) ?? tables.get(place))
})

import type { Catalog } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import type { Settings } from "../Settings.ts"
import type { Client } from "./client.ts"
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

/** What an instance says of its tables. */
export const makeCatalog = (client: Client, settings: Settings): Catalog => ({
  list: (schema) => (isMain({ schema }) ? Effect.map(client.query(listStatement), listed) : Effect.succeed([])),

  describe: (names) => {
    const places = names.flatMap((name, place) => (isMain(name) ? [place] : []))
    const asked = places.map((place) => names[place]?.name ?? "")
    return Effect.gen(function* () {
      const found = yield* Effect.forEach(yield* describe(client, asked), (table) =>
        table === undefined ? Effect.undefined : declare(table, settings.types),
      )
      return { tables: names.map((_, place) => found[places.indexOf(place)]), transactions: undefined }
    })
  },
})

/** The tables in the order of their names, undefined for one that is not there. */
export const describe = Effect.fnUntraced(function* (client: Client, names: ReadonlyArray<string>) {
  if (names.length === 0) return []
  const tables = described(yield* client.query(columnsStatement(names)))
  const keyless = [...tables].filter(([, { kind, key }]) => kind === "table" && key.length === 0)
  if (keyless.length === 0) return names.map((_, place) => tables.get(place))
  const some = keyless.map(([, table]) => table)
  const keys = uniqueKeys(yield* client.query(uniqueStatement(some.map(({ name }) => name.name))), some)
  const keyed = new Map(keyless.map(([place, table], index) => [place, { ...table, key: keys[index] ?? [] }]))
  return names.map((_, place) => keyed.get(place) ?? tables.get(place))
})

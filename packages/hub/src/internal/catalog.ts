import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { FedColumn, type FedTable } from "../protocol.ts"
import type { Ask, Rows } from "./database.ts"

/** A table that is fed, and the column that says whose a row is; null where everybody gets it. */
export interface Fed extends FedTable {
  readonly tenant: string | null
}

/** Where the log stands, with the tables that are fed at that moment. */
export interface Catalog {
  readonly epoch: string
  /** The seq under which changes come: all before it is final. */
  readonly open: number
  readonly trimmed: number
  /** What was asked for beside. */
  readonly last: number
  readonly tables: ReadonlyMap<string, Fed>
}

const Described = Schema.Struct({
  version: Schema.Literal(1),
  columns: Schema.Array(FedColumn),
  key: Schema.Array(Schema.String),
  tenant: Schema.NullOr(Schema.String),
})
const Found = Schema.Tuple([
  Schema.String,
  Schema.Int,
  Schema.Int,
  Schema.Int,
  Schema.NullOr(Schema.String),
  Schema.NullOr(Schema.String),
  Schema.NullOr(Schema.fromJsonString(Described)),
])
const decode = Schema.decodeUnknownEffect(Schema.Array(Found))

const select = (last: string) =>
  `SELECT epoch, seq, trimmed, ${last}, name, generation, described FROM tmp_replication_feed`

const nothing = new ConnectorError({
  code: "source-busy",
  message: "The hub keeps no log of changes",
  hint: "Set replicas in the hub's config, and let it wake up once.",
})

/** Reads the catalog, after what is to be done in the same call, with an expression over it. */
export const readCatalog = (
  ask: Ask,
  { first = [], last = "0" }: { readonly first?: ReadonlyArray<string>; readonly last?: string } = {},
): Effect.Effect<Catalog, ConnectorError> =>
  Effect.gen(function* () {
    const there = yield* ask("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'tmp_replication_feed'")
    if (there.length === 0) return yield* nothing
    return yield* toCatalog(yield* ask([...first, select(last)].join(";\n")))
  })

const toCatalog = (rows: Rows): Effect.Effect<Catalog, ConnectorError> =>
  Effect.gen(function* () {
    const found = yield* Effect.mapError(
      decode(rows),
      () => new ConnectorError({ code: "store-unknown", message: "The hub's log of changes is of another release" }),
    )
    const [first] = found
    if (first === undefined) return yield* nothing
    const [epoch, open, trimmed, last] = first
    const tables = found.flatMap(([, , , , name, generation, described]): ReadonlyArray<Fed> => {
      if (name === null || generation === null || described === null) return []
      const { columns, key, tenant } = described
      return [{ name, generation, columns, key, tenant }]
    })
    return { epoch, open, trimmed, last, tables: new Map(tables.map((table) => [table.name, table])) }
  })

import { decodeConfig } from "@starbase-replication/core/config"
import { check, type CheckResult } from "@starbase-replication/core/run"
import { Sink } from "@starbase-replication/core/sink"
import { type ConnectorError, Source, type SourceShape, type TableSchema } from "@starbase-replication/core/source"
import { connectors } from "@starbase-replication/worker/src/connectors.ts"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { unmaskedNote } from "../unmasked.ts"
import { cursorNotes } from "./cursors.ts"
import type { Database } from "./database.ts"
import { makeEntries } from "./entries.ts"
import type { Proposal, ProposedTable } from "./Proposal.ts"

/** What a look at the tables themselves told. */
interface Looked {
  readonly schema: TableSchema | undefined
  readonly rows: number | undefined
  readonly cursors: ReadonlyArray<string>
  readonly indexes: ReadonlyArray<string>
}

/**
 * Looks at the tables of a database, holds a config that names them all against it as `check` would, and proposes those
 * with which nothing is wrong. It only reads.
 */
export const inspect = Effect.fnUntraced(function* (
  database: Database,
  schemas: ReadonlyArray<string>,
  withIndexes: boolean,
): Effect.fn.Return<Proposal, ConnectorError> {
  const { entry, name, secret, value } = database
  const secrets = (wanted: string) => (wanted === secret ? Redacted.value(value) : undefined)
  const decode = (tables: ReadonlyArray<unknown>) =>
    decodeConfig({ sources: { [name]: entry }, tables }, { connectors, secrets })

  // Any table's name will do, to have the settings decoded and the source opened.
  const { sources } = yield* decode([{ source: name, table: "*" }])
  const layer = sources.get(name)
  if (layer === undefined) return { tables: [], leftOut: [] }
  const looked = yield* Effect.provide(look(schemas), Layer.fresh(layer))
  const made = makeEntries(
    name,
    looked.map(({ indexes, name, schema }) => ({ name, schema, isIndexed: withIndexes && indexes.length > 0 })),
  )
  if (made.length === 0) return { tables: [], leftOut: [] }
  const results = yield* Effect.provide(check(yield* decode(made.map(({ entry }) => entry))), nowhere)
  const byInto = new Map(results.map((result) => [result.table, result]))
  const tables: Array<ProposedTable> = []
  const leftOut: Array<Proposal["leftOut"][number]> = []
  for (const [index, { entry, notes }] of made.entries()) {
    const found = looked[index]
    const result = found === undefined ? undefined : byInto.get(entry.into ?? found.name.name)
    if (found === undefined || result === undefined) continue
    if (result.error !== undefined) leftOut.push({ table: entry.table, why: whyNot(result.error) })
    else tables.push(proposed(entry, result, found, notes))
  }
  return { tables, leftOut }
})

const proposed = (
  entry: ProposedTable["entry"],
  { changes, columns = [], key = [], kind = "table", notices = [], unmasked = [] }: CheckResult,
  { cursors, indexes, rows }: Looked,
  notes: ReadonlyArray<string>,
): ProposedTable => ({
  entry,
  kind,
  key,
  columns: columns.length,
  indexes,
  changes: changes ?? { by: "?", why: "" },
  rows,
  notes: [...notes, ...unmaskedNote(unmasked), ...notices, ...cursorNotes(changes?.by, rows, cursors)],
})

/** The words of an error without the places in a config that nobody has written. */
const whyNot = ({ message }: { readonly message: string }): string =>
  message.replaceAll(/^tables\[\d+\](?:\.\w+(?:\[\d+\])?)*: /gm, "").replaceAll("\n", "; ")

const look = Effect.fnUntraced(function* (schemas: ReadonlyArray<string>) {
  const source = yield* Source
  const asked = schemas.length === 0 ? [undefined] : schemas
  const names = (yield* Effect.forEach(asked, (schema) => source.list(schema))).flat()
  const { tables } = yield* source.describe(names)
  return yield* Effect.forEach(names, (name, index) =>
    Effect.map(lookAt(source, tables[index]), (looked) => ({ ...looked, name })),
  )
})

const lookAt = Effect.fnUntraced(function* (source: SourceShape, schema: TableSchema | undefined) {
  if (schema === undefined) return { schema, rows: undefined, cursors: [], indexes: [] }
  // What is nice to know keeps nobody from what can be done without it.
  const rows = yield* Effect.orElseSucceed(source.estimate?.(schema) ?? Effect.undefined, () => undefined)
  const cursors = yield* Effect.forEach(cursorsIn(schema), (column) =>
    Effect.map(
      Effect.orElseSucceed(source.cautions?.(schema, column) ?? Effect.succeed([]), () => []),
      (cautions) => `${column.name}${cautions.length === 0 ? "" : `, which ${cautions.join(" and ")}`}`,
    ),
  )
  const structure = yield* Effect.orElseSucceed(source.structure?.(schema) ?? Effect.undefined, () => undefined)
  const indexes = (structure?.indexes ?? [])
    .filter(({ columns, unfit }) => unfit === undefined && columns.length > 0)
    .map(({ columns }) => columns.map(({ descending, name }) => `${name}${descending ? " DESC" : ""}`).join(", "))
    .filter((columns) => columns !== schema.key.join(", "))
  return { schema, rows, cursors, indexes }
})

/** Columns that by name and type may grow with each insert and update. */
const cursorsIn = ({ columns }: TableSchema) =>
  columns.filter(
    ({ name, type }) =>
      (/^(?:timestamp|timestamptz)$/.test(type) &&
        /^(?:last_?)?(?:updated|modified|changed)(?:_?(?:at|on|time))?$/i.test(name)) ||
      (/^(?:integer|unsigned)$/.test(type) && /^(?:row_?version|version|revision)$/i.test(name)),
  )

const notAsked = () => Effect.die(new Error("A check writes nothing."))

/** A replica that does not exist yet, and need not for a check. */
const nowhere = Layer.succeed(
  Sink,
  Sink.of({
    begin: notAsked,
    ddl: () => "",
    runs: Effect.succeed([]),
    states: Effect.succeed([]),
    confirm: notAsked,
    fail: notAsked,
    sources: Effect.succeed([]),
    noteSource: notAsked,
    setPaused: notAsked,
    history: notAsked,
    reset: notAsked,
  }),
)

import { type Column, ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Execute } from "./Execute.ts"
import { type Identity, tenantProblem } from "./Identity.ts"
import { type Catalog, type Fed, readCatalog } from "./internal/catalog.ts"
import { hasAll, lost, readChanges } from "./internal/changes.ts"
import { type Ask, makeAsk } from "./internal/database.ts"
import { schemaOf, sourceOf } from "./internal/source.ts"
import { close, lastSeq } from "./internal/tenant.ts"
import { type AnswerTo, type FeedAnswer, FeedRequest, type RequestOf, type TableRequest } from "./protocol.ts"

const decode = Schema.decodeUnknownEffect(FeedRequest)

/**
 * Answers a request of somebody who replicates from here. Who that is, the caller knows and no request says: each statement has
 * only the rows that this one may have. Never rejects: what fails is the answer's `failure`.
 */
export const answerFeed = (execute: Execute, identity: Identity, request: unknown): Promise<FeedAnswer> =>
  Effect.runPromise(
    answer(makeAsk(execute), identity, request).pipe(
      Effect.map((found): FeedAnswer => ({ answer: found })),
      Effect.catch(({ code, message, hint }) =>
        Effect.succeed<FeedAnswer>({ failure: { code, message, ...(hint === undefined ? {} : { hint }) } }),
      ),
    ),
  )

const refused = (message: string) => Effect.fail(new ConnectorError({ code: "invalid-config", message }))

const answer = (ask: Ask, identity: Identity, given: unknown): Effect.Effect<unknown, ConnectorError> =>
  Effect.gen(function* () {
    const problem = identity === "all" ? undefined : tenantProblem(identity.tenant)
    if (problem !== undefined) return yield* refused(problem)
    const request = yield* Effect.catch(decode(given), () => refused("This is no request that a hub knows."))
    switch (request.method) {
      case "hello":
        return hello(identity, yield* readCatalog(ask, { first: [close(identity)], last: lastSeq(identity) }))
      case "changes":
        return yield* changes(ask, identity, request)
      default:
        return yield* ofTable(ask, identity, request)
    }
  })

const hello = (identity: Identity, { epoch, open, trimmed, last, tables }: Catalog): AnswerTo<"hello"> => ({
  tenant: identity === "all" ? null : identity.tenant,
  epoch,
  seq: open - 1,
  last,
  trimmed,
  tables: [...tables.values()].map(({ name, columns, key, generation }) => ({ name, columns, key, generation })),
})

const missing = (table: string) =>
  new ConnectorError({ code: "table-missing", message: `The hub gives no table ${table} to whoever asks` })

const another = (table: string) =>
  new ConnectorError({
    code: "source-busy",
    message: `The hub has another table ${table} by now`,
    hint: "It is gone on with as it is now at the next try.",
  })

/** The table that was asked for, as long as it is the same. */
const find = ({ tables }: Catalog, { table, generation }: { readonly table: string; readonly generation: string }) => {
  const fed = tables.get(table)
  if (fed === undefined) return Effect.fail(missing(table))
  return fed.generation === generation ? Effect.succeed(fed) : Effect.fail(another(table))
}

/** Columns by their names. */
const pick = (fed: Fed, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => {
    const column = fed.columns.find((one) => one.name === name)
    if (column !== undefined) return Effect.succeed(column)
    const message = `There is no column "${name}" in ${fed.name}`
    return Effect.fail(new ConnectorError({ code: "column-missing", message, column: name }))
  })

/**
 * What was read of tables that somebody may put others in the place of meanwhile counts only where they are the same after it:
 * a generation that is gone does not come back.
 */
const whileSame = <A>(
  ask: Ask,
  read: Effect.Effect<A, ConnectorError>,
  isSame: (catalog: Catalog) => Effect.Effect<unknown, ConnectorError>,
): Effect.Effect<A, ConnectorError> =>
  Effect.flatMap(Effect.result(read), (result) =>
    Effect.andThen(Effect.flatMap(readCatalog(ask), isSame), Effect.fromResult(result)),
  )

const changes = Effect.fnUntraced(function* (ask: Ask, identity: Identity, request: RequestOf<"changes">) {
  const check = (catalog: Catalog) => Effect.forEach(request.tables, (asked) => find(catalog, asked))
  const before = yield* readCatalog(ask)
  if (!hasAll(before, request)) return lost
  const told = yield* Effect.forEach(yield* check(before), (fed, at) =>
    Effect.map(pick(fed, request.tables[at]?.columns ?? []), (columns) => ({ fed, columns })),
  )
  const read = yield* Effect.result(readChanges(ask, told, identity, request))
  const after = yield* readCatalog(ask)
  if (!hasAll(after, request)) return lost
  yield* check(after)
  return yield* Effect.fromResult(read)
})

const ofTable = Effect.fnUntraced(function* (ask: Ask, identity: Identity, request: TableRequest) {
  const check = (catalog: Catalog) => find(catalog, request)
  const fed = yield* check(yield* readCatalog(ask))
  return yield* whileSame(ask, readTable(ask, fed, identity, request), check)
})

const readTable = Effect.fnUntraced(function* (ask: Ask, fed: Fed, identity: Identity, request: TableRequest) {
  const source = sourceOf(ask, fed, identity)
  const table = schemaOf(fed)
  const columnsOf = (names: ReadonlyArray<string>) =>
    Effect.map(pick(fed, names), (picked) =>
      picked.flatMap(({ name }): ReadonlyArray<Column> => table.columns.filter((column) => column.name === name)),
    )
  yield* pick(
    fed,
    request.where.map(({ column }) => column),
  )
  switch (request.method) {
    case "read": {
      const { where, order, after, limit, maxBytes } = request
      yield* pick(fed, order)
      const columns = yield* columnsOf(request.columns)
      const page = yield* source.read({ table, columns, where, order, after, limit, maxBytes })
      return { rows: yield* page.rows, bytes: page.bytes, done: page.done }
    }
    case "lookup": {
      const { where, key, keys } = request
      yield* pick(fed, key)
      return { rows: yield* source.lookup({ table, columns: yield* columnsOf(request.columns), where, key, keys }) }
    }
    case "highest": {
      const [column] = yield* columnsOf([request.column])
      return { value: column === undefined ? null : yield* source.highest(table, column, request.where) }
    }
    case "whole": {
      const { where, rows } = request
      const columns = yield* columnsOf(request.columns)
      const most = { rows, bytes: Number.POSITIVE_INFINITY }
      const asked = { table, columns, where, hashed: false, pageRows: rows, pageBytes: Number.POSITIVE_INFINITY, most }
      return { rows: (yield* Effect.scoped(Effect.flatMap(source.readWhole(asked), ({ next }) => next))) ?? [] }
    }
    case "measure": {
      const { where, lacking, weighed, most } = request
      yield* pick(fed, lacking ?? [])
      const columns = yield* columnsOf(request.columns)
      const asked = {
        table,
        columns,
        where,
        weighed,
        digested: false,
        most,
        ...(lacking === undefined ? {} : { lacking }),
      }
      const { rows = 0, bytes } = yield* source.measure(asked)
      return { rows, ...(bytes === undefined ? {} : { bytes }) }
    }
  }
})

import type { ConnectorError } from "@starbase-replication/core/source"
import { mapQueries, Source, type TableSchema } from "@starbase-replication/core/source"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SourceHarness, SourceLayer } from "../SourceHarness.ts"
import { nameIn, type NewTable } from "../Tables.ts"
import { broken, Finding } from "./expect.ts"
import { findLeak } from "./secrets.ts"

/** The source that is examined. */
export class Subject extends Context.Service<Subject, SourceHarness>()(
  "@starbase-replication/connector-testing/Subject",
) {}

/** Runs an effect in a run of its own, with the harness's source or another one. Every failure is searched for secrets. */
export const inRun = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  layer?: SourceLayer,
): Effect.Effect<A, E | ConnectorError, Exclude<R, Source> | Subject> =>
  Effect.flatMap(Subject, ({ source, secrets }) => {
    const watch: Watch = (one) =>
      Effect.tapCause(one, (cause) => {
        const leak = findLeak(cause, secrets)
        return leak === undefined
          ? Effect.void
          : Effect.die(new Finding({ what: `A secret shows in an error: in ${leak}.` }))
      })
    const fresh = Layer.fresh(layer ?? source)
    const watched = Layer.effect(
      Source,
      Effect.map(Source, (opened) => mapQueries(opened, watch)),
    ).pipe(Layer.provide(fresh))
    return watch(Effect.provide(effect, watched))
  })

type Watch = <A, E, R>(one: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Runs an effect that must fail, and gives its error. */
export const failureOf = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  what: (value: A) => string,
): Effect.Effect<E, Finding, R> =>
  Effect.matchEffect(effect, { onFailure: Effect.succeed, onSuccess: (value) => broken(what(value)) })

/** Describes a table that must be there. */
export const describe = Effect.fnUntraced(function* (table: NewTable | string) {
  const { tables } = yield* Subject
  const source = yield* Source
  const name = typeof table === "string" ? table : table.name
  const [found] = (yield* source.describe([nameIn(tables, name)])).tables
  if (found === undefined) return yield* broken(`describe does not find the table ${JSON.stringify(name)}.`)
  return found
})

/** A column of a table, which must be there. */
export const columnOf = (table: TableSchema, name: string) => {
  const column = table.columns.find((one) => one.name === name)
  return column === undefined
    ? broken(
        `describe gives no column ${JSON.stringify(name)}, only ${JSON.stringify(table.columns.map((one) => one.name))}.`,
      )
    : Effect.succeed(column)
}

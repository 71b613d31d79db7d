import type { Value } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { Given, Kind, NewColumn, NewTable } from "../Tables.ts"
import { NotOffered } from "../Problems.ts"
import { isOffered, offered } from "../Without.ts"
import { Subject } from "./subject.ts"

/** Columns in short: each name with its kind, `?` after it where the column may be NULL. */
export const columns = (kinds: Readonly<Record<string, Kind | `${Kind}?`>>): ReadonlyArray<NewColumn> =>
  Object.entries(kinds).map(([name, kind]) =>
    kind.endsWith("?") ? { name, type: kind.slice(0, -1) as Kind, nullable: true } : { name, type: kind as Kind },
  )

/** A table with rows, until the check is over. */
export const made = Effect.fnUntraced(function* (table: NewTable, rows: ReadonlyArray<ReadonlyArray<Given>> = []) {
  const { tables } = yield* Subject
  for (const { type } of table.columns) if (typeof type === "string") yield* offered(tables.kinds[type])
  yield* Effect.acquireRelease(
    Effect.promise(() => tables.create(table)),
    () => Effect.promise(() => tables.drop(table.name, "table")),
  )
  if (rows.length > 0) yield* Effect.promise(() => tables.insert(table, rows))
  return table
})

/** A view of a table, until the check is over. */
export const madeView = Effect.fnUntraced(function* (name: string, of: NewTable) {
  const { tables } = yield* Subject
  const createView = yield* offered(tables.createView)
  yield* Effect.acquireRelease(
    Effect.promise(() => createView(name, of)),
    () => Effect.promise(() => tables.drop(name, "view")),
  )
  return name
})

/** Inserts rows into a table. */
export const insert = (table: NewTable, rows: ReadonlyArray<ReadonlyArray<Given>>) =>
  Effect.flatMap(Subject, ({ tables }) => Effect.promise(() => tables.insert(table, rows)))

/** Changes the rows whose first column has a value. */
export const update = (table: NewTable, first: string, changes: Readonly<Record<string, Value>>) =>
  Effect.flatMap(Subject, ({ tables }) => Effect.promise(() => tables.update(table, first, changes)))

/** Deletes the rows whose first column has a value. */
export const remove = (table: NewTable, first: string) =>
  Effect.flatMap(Subject, ({ tables }) => Effect.promise(() => tables.delete(table, first)))

/** The ones of some kinds that the source has. */
export const kindsOffered = (kinds: ReadonlyArray<Kind>) =>
  Effect.map(Subject, ({ tables }) => kinds.filter((kind) => isOffered(tables.kinds[kind])))

/** The ones of some texts, or names, that the server can be given. */
export const allowed = (what: "name" | "text", texts: ReadonlyArray<string>) =>
  Effect.map(Subject, ({ refuses }) => texts.filter((text) => refuses?.[what]?.(text) !== true))

/** Ends a check that does not apply. */
export const notOffered = (reason: string) => Effect.fail(new NotOffered({ reason }))

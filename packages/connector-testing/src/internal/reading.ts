import type { ConnectorError, Source, TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { NotOffered } from "../Problems.ts"
import type { Given, NewTable } from "../Tables.ts"
import type { Finding } from "./expect.ts"
import { made } from "./made.ts"
import { describe, inRun, type Subject } from "./subject.ts"

/** Makes a table with rows and reads it in a run of its own. */
export const reading = (
  table: NewTable,
  rows: ReadonlyArray<ReadonlyArray<Given>>,
  body: (table: TableSchema) => Effect.Effect<void, Finding | ConnectorError | NotOffered, Source | Subject>,
) =>
  Effect.gen(function* () {
    yield* made(table, rows)
    yield* inRun(Effect.flatMap(describe(table), body))
  })

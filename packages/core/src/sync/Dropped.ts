import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import { Source } from "../source/Source.ts"
import { readAnyRow } from "./ReadWhole.ts"
import { foldCase, formatTableName } from "../table/Table.ts"

/**
 * Fails where a column that a source no longer tells of is not gone, but kept from the user: its values in the replica
 * would become NULL as if it were. To read it tells the two apart.
 */
export const proveDropped = Effect.fnUntraced(function* ({ table, key, whole }: Plan, dropped: ReadonlyArray<string>) {
  const source = yield* Source
  const told = new Set(table.columns.map(({ name }) => foldCase(name)))
  for (const name of dropped) {
    if (told.has(foldCase(name))) continue
    const column = { name, type: "text", sourceType: "text", nullable: true } as const
    const asked = { table, columns: [column], where: [], order: key, after: undefined, limit: 1, maxBytes: 1 }
    const read: Effect.Effect<unknown, ConnectorError, Source> =
      whole === undefined ? Effect.flatMap(source.read(asked), ({ rows }) => rows) : readAnyRow(table, [column], [])
    const isGone = yield* read.pipe(
      Effect.as(false),
      Effect.catchIf(
        ({ code }) => code === "column-missing",
        () => Effect.succeed(true),
      ),
    )
    if (!isGone) {
      return yield* new ConnectorError({
        code: "forbidden",
        message: `The source no longer tells of "${name}" in ${formatTableName(table.name)}, but has it`,
        hint: "Grant SELECT on the column again, or name in columns those that are to be replicated.",
        column: name,
      })
    }
  }
})

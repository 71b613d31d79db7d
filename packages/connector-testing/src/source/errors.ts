import type { ConnectorError } from "@starbase-replication/core/source"
import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { that } from "../internal/expect.ts"
import { failsWith } from "../internal/failures.ts"
import { columns, made } from "../internal/made.ts"
import { describe, inRun, Subject } from "../internal/subject.ts"
import { walk } from "../internal/walk.ts"
import { nameIn, type NewTable } from "../Tables.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("errors", docs.errors)

const table = (name: string): NewTable => ({ name, columns: columns({ id: "integer", v: "text" }), key: ["id"] })
const rows = [
  ["1", "one"],
  ["2", "two"],
]

/** Some question to the source's server, whatever it answers. */
const anything = Effect.flatMap(Source, (source) => source.list(undefined))

const names = (error: ConnectorError, what: string): boolean =>
  [error.message, error.table, error.column].some((text) => text?.includes(what) === true)

export const errors = [
  check(
    "a wrong password",
    "A user, password or key that is refused is unauthorized, which no retry mends.",
    Effect.gen(function* () {
      const source = yield* offered((yield* Subject).wrongPassword)
      yield* failsWith("With a wrong password", ["unauthorized"], inRun(anything, source))
    }),
  ),

  check(
    "a wrong database",
    "A database that is not there is table-missing, like all that holds tables, which no retry mends.",
    Effect.gen(function* () {
      const source = yield* offered((yield* Subject).wrongDatabase)
      yield* failsWith("With a database that is not there", ["table-missing"], inRun(anything, source))
    }),
  ),

  check(
    "a table that is gone",
    "A read of a table that was dropped since it was described is table-missing and names the table. It is never an empty page, by which all of its rows would be taken for deleted.",
    Effect.gen(function* () {
      const { tables } = yield* Subject
      const kit = yield* made(table("kit_leaving"), rows)
      yield* inRun(
        Effect.gen(function* () {
          const source = yield* Source
          const found = yield* describe(kit)
          yield* Effect.promise(() => tables.drop(kit.name, "table"))
          const asked = { table: found, columns: found.columns, where: [] }
          const read = yield* failsWith("A read of a dropped table", ["table-missing"], walk({ table: found }))
          yield* that(names(read, kit.name), `The error does not name ${kit.name}: ${read.message}`)
          const lookup = source.lookup({ ...asked, key: ["id"], keys: [["1"]] })
          yield* failsWith("A lookup in a dropped table", ["table-missing"], lookup)
        }),
      )
    }),
  ),

  check(
    "a column that is gone",
    "A read of a column that is not there is column-missing and names the column, wherever it is asked for. It is never NULL, nor the column's name as text.",
    Effect.gen(function* () {
      const kit = yield* made(table("kit_narrow"), rows)
      yield* inRun(
        Effect.gen(function* () {
          const found = yield* describe(kit)
          const [id, v] = found.columns
          if (id === undefined || v === undefined) return
          const gone = { ...v, name: "kit_no_column" }
          const asked = { ...found, columns: [...found.columns, gone] }
          const selected = yield* failsWith("A read of a missing column", ["column-missing"], walk({ table: asked }))
          yield* that(names(selected, gone.name), `The error does not name ${gone.name}: ${selected.message}`)
          const where = [{ column: gone.name, op: "eq", value: "x" } as const]
          const filtered = walk({ table: asked, columns: [id, v], where })
          yield* failsWith("A condition on a missing column", ["column-missing"], filtered)
          const ordered = walk({ table: asked, order: [gone.name, "id"] })
          yield* failsWith("An order by a missing column", ["column-missing"], ordered)
        }),
      )
    }),
  ),

  check(
    "a table that may not be read",
    "A table that the user may not read is forbidden, which no retry mends; where the source does not even tell that it is there, table-missing will do.",
    Effect.gen(function* () {
      const { tables, forbid: given } = yield* Subject
      const forbid = yield* offered(given)
      const kit = yield* made(table("kit_forbidden"), rows)
      const found = yield* inRun(describe(kit))
      yield* Effect.promise(() => forbid(nameIn(tables, kit.name)))
      const error = ["forbidden", "table-missing"] as const
      yield* failsWith("A read of a table that may not be read", error, inRun(walk({ table: found })))
      const lookup = Effect.flatMap(Source, (source) =>
        source.lookup({ table: found, columns: found.columns, where: [], key: ["id"], keys: [["1"]] }),
      )
      yield* failsWith("A lookup in a table that may not be read", error, inRun(lookup))
    }),
  ),

  check(
    "a source that takes too long",
    "What takes longer than the source's timeout is a timeout, which may be retried.",
    Effect.gen(function* () {
      const { slow } = yield* Subject
      const { table: name, source } = yield* offered(slow)
      const read = Effect.gen(function* () {
        const { describe: ask, read: page } = yield* Source
        const [found] = (yield* ask([name])).tables
        const [first] = found?.columns ?? []
        if (found === undefined || first === undefined) return "the harness's slow table is not there"
        const asked = { table: found, columns: found.columns, where: [], order: [first.name], after: undefined }
        return yield* Effect.flatMap(page({ ...asked, limit: 10, maxBytes: 1_000_000 }), ({ rows }) => rows)
      })
      yield* failsWith("A read of the slow table", ["timeout"], inRun(read, source))
    }),
  ),
]

import type { ConnectorError } from "@starbase-replication/core/source"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { that } from "../internal/expect.ts"
import { inRun, Subject } from "../internal/subject.ts"
import type { SourceLayer } from "../SourceHarness.ts"
import { nameIn } from "../Tables.ts"
import { isOffered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("errors", docs.secrets)

/** Asks for what is not there in every way, and lets it fail: each failure is searched for secrets on its way. */
const askAll = Effect.gen(function* () {
  const { tables } = yield* Subject
  const source = yield* Source
  const column = { name: "kit_no_column", type: "text", sourceType: "text", nullable: false } as const
  const columns = [column]
  const table: TableSchema = { name: nameIn(tables, "kit_no_table"), kind: "table", columns, key: [column.name] }
  const asked = { table, columns, where: [] }
  const page = { ...asked, order: [column.name], after: ["x"], limit: 1, maxBytes: 1 }
  const questions: ReadonlyArray<Effect.Effect<unknown, ConnectorError>> = [
    source.list("kit_no_schema"),
    source.describe([table.name]),
    Effect.flatMap(source.read(page), ({ rows }) => rows),
    source.lookup({ ...asked, key: [column.name], keys: [["x"]] }),
    source.highest(table, column, []),
    source.transactions ?? Effect.void,
  ]
  for (const question of questions) yield* Effect.ignore(question)
})

export const secrets = [
  check(
    "no secret anywhere",
    "Nothing that an error shows holds a password, a token or a URL with one in it: not its message, JSON, stack or cause, nor what inspect prints, in plain or encoded.",
    Effect.gen(function* () {
      const { secrets: known, source, network, wrongPassword, wrongDatabase, slow, misconfigured = [] } = yield* Subject
      yield* that(known.length > 0 && !known.includes(""), "The harness names no secrets to search for.")
      const nowhere = [
        { host: "127.0.0.1", port: 1 },
        { host: "db.invalid", port: 9 },
      ]
      const layers: ReadonlyArray<SourceLayer> = [
        source,
        ...misconfigured,
        ...(isOffered(network) ? nowhere.map(network.open) : []),
        ...[wrongPassword, wrongDatabase].filter(isOffered),
        ...(isOffered(slow) ? [slow.source] : []),
      ]
      for (const layer of layers) yield* Effect.ignore(inRun(askAll, layer))
    }),
  ),
]

import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { holds } from "../internal/stored.ts"
import { batchOf, planColumn, planOf, pull } from "../plans.ts"
import { range } from "../internal/samples.ts"
import { bench, SinkSubject } from "../internal/sinkSubject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("values", docs.values)

const typed = planOf({
  id: "integer",
  unsigned: "unsigned",
  real: "real",
  boolean: "boolean",
  blob: "blob",
  decimal: "decimal",
  json: "json",
  date: "date",
  time: "time",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  text: "text",
})

/** One row of values for each column of {@link typed}, extremes first. */
const typedRows = [
  [
    "-9223372036854775808",
    "18446744073709551615",
    "5e-324",
    "0",
    "",
    "-99999999999999999999.50",
    '{"a": 1.0, "a": [ ]}',
    "0001-01-01",
    "00:00:00.000000",
    "0001-01-01T00:00:00.000000",
    "2024-01-01T00:00:00.123456Z",
    "",
  ],
  [
    "9223372036854775807",
    "9223372036854775808",
    "0.30000000000000004",
    "1",
    "00ff10",
    "1.10",
    "null",
    "infinity",
    "-838:59:59.000000",
    "0000-00-00 00:00:00",
    "-infinity",
    " padded \u{1F600} e\u0301 \u2028 '\"\\ \u0001",
  ],
  ["9007199254740993", "9223372036854775807", "NaN", null, "c3", "007", "[1]", null, null, null, null, "123"],
  ["0", "0", "-Infinity", null, null, null, null, null, null, null, null, "0012"],
  ["1", null, "1.7976931348623157e+308", null, null, null, null, null, null, null, null, null],
]

const hostile = [
  "select",
  'we"ird',
  "back`tick",
  "ünïcode",
  "__proto__",
  "constructor",
  "with space",
  "'quoted'",
  "--",
  "t",
  "excluded",
  "value",
  "key",
  "rowid",
]

export const values = [
  check(
    "every type",
    "What is stored reads back as the canonical text that was given, for each type and over its whole range; NULL is kept apart from an empty text and from no bytes.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(typed, batchOf(typedRows)))
      yield* holds(made, typed, typedRows, "The rows that were applied.")
    }),
  ),

  check(
    "types that the config overrides",
    "A column's own type gives way to the one that the config names for it.",
    Effect.gen(function* () {
      const plan = planOf([
        planColumn("id", "integer"),
        planColumn("a", "decimal", "integer"),
        planColumn("b", "decimal", "real"),
        planColumn("c", "integer", "text"),
      ])
      const rows = [
        ["1", "9007199254740993", "0.1", "0012"],
        ["2", null, null, null],
      ]
      const made = yield* bench
      yield* made.use(pull(plan, batchOf(rows)))
      yield* holds(made, plan, rows, "The rows that were applied.")
    }),
  ),

  check(
    "hostile names and texts",
    "Any text may be the name of a table or of a column, and any text may be a value: names are quoted and values bound.",
    Effect.gen(function* () {
      const { maxColumns } = yield* SinkSubject
      const names = [...hostile, ...range(Math.min(maxColumns, 100) - hostile.length).map((n) => `c${n}`)]
      const plan = planOf(
        names.map((name) => planColumn(name, "text")),
        { into: `odd "name"; DROP TABLE x; --`, key: ["select", 'we"ird'] },
      )
      const text = `'"\\ \u{1F600} \u0001 \u2028 '); DROP TABLE items; --`
      const rows = [names.map((_, n) => `${text}${n}`), names.map(() => ""), names.map((_, n) => `${n}`)]
      const made = yield* bench
      yield* made.use(pull(plan, batchOf(rows)))
      yield* holds(made, plan, rows, `The rows of a table of ${names.length} columns.`)
      const counts = yield* made.use(pull(plan, batchOf(rows)))
      yield* same(counts, { written: 0, deleted: 0, rejected: 0 }, "What the same rows change.")
    }),
  ),
]

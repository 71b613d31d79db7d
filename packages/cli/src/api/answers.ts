import * as Schema from "effect/Schema"

/**
 * The parts of the answers that are shown. Another release may know more or less: what is not here is left out, and an
 * unknown word is shown as it is.
 */
const maybe = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

const Text = Schema.String
const Num = Schema.Number

export const ErrorAnswer = Schema.Struct({
  code: Text,
  message: Text,
  hint: maybe(Text),
  action: maybe(Text),
  retryable: maybe(Schema.Boolean),
})
export type ErrorAnswer = typeof ErrorAnswer.Type

const Verification = Schema.Struct({
  complete: Schema.Boolean,
  checked: Num,
  repaired: Num,
  settled: maybe(Num),
  differing: Num,
  keys: Schema.Array(Schema.Struct({ key: Schema.Array(Schema.Unknown), kind: Text })),
})

const RunResult = Schema.Struct({
  table: Text,
  read: Num,
  written: Num,
  unchanged: Num,
  deleted: Num,
  rejected: Num,
  more: Schema.Boolean,
  durationMs: Num,
  error: maybe(ErrorAnswer),
  verification: maybe(Verification),
})
export type RunResult = typeof RunResult.Type
export const Run = Schema.Struct({ tables: Schema.Array(RunResult) })

/** What a run that is under way has done. */
const Progress = Schema.Struct({ startedAt: maybe(Text), phase: maybe(Text), read: maybe(Num), written: maybe(Num) })

const TableStatus = Schema.Struct({
  table: Text,
  source: Text,
  state: Text,
  rows: Num,
  rejects: maybe(Num),
  lagSeconds: maybe(Num),
  lastRunAt: maybe(Text),
  nextRunAt: maybe(Text),
  error: maybe(ErrorAnswer),
  errorSince: maybe(Text),
  rebuilding: maybe(Schema.Boolean),
  drift: maybe(Schema.Struct({ at: maybe(Text), changes: Schema.Array(Text) })),
  guard: maybe(Schema.Struct({ by: Text, rows: Num, suspects: Num, confirmed: Schema.Boolean })),
  differences: maybe(Num),
  verifiedAt: maybe(Text),
  progress: maybe(Progress),
  estimatedRows: maybe(Num),
})
export type TableStatus = typeof TableStatus.Type

const SourceStatus = Schema.Struct({
  source: Text,
  circuit: maybe(Text),
  retryAt: maybe(Text),
  error: maybe(ErrorAnswer),
  errorSince: maybe(Text),
})
export type SourceStatus = typeof SourceStatus.Type

export const Status = Schema.Struct({
  tables: Schema.Array(TableStatus),
  sources: Schema.Array(SourceStatus),
  databaseBytes: maybe(Num),
  limitBytes: maybe(Num),
  version: maybe(Text),
  config: maybe(Schema.Union([Text, ErrorAnswer])),
})
export type Status = typeof Status.Type

const HistoryEntry = Schema.Struct({
  table: Text,
  startedAt: Text,
  endedAt: maybe(Text),
  read: maybe(Num),
  written: maybe(Num),
  deleted: maybe(Num),
  rejected: maybe(Num),
  more: maybe(Schema.Boolean),
  error: maybe(ErrorAnswer),
})
const OperatorEvent = Schema.Struct({ table: Text, at: Text, event: Text })
export const History = Schema.Struct({
  runs: Schema.Array(HistoryEntry),
  events: maybe(Schema.Array(OperatorEvent)),
})

export const Rejects = Schema.Struct({
  rejects: Schema.Array(
    Schema.Struct({ table: Text, key: Schema.Array(Schema.Unknown), column: maybe(Text), reason: Text, at: Text }),
  ),
})

const CheckResult = Schema.Struct({
  table: Text,
  source: Text,
  error: maybe(ErrorAnswer),
  sourceTable: maybe(Text),
  key: maybe(Schema.Array(Text)),
  cursor: maybe(Text),
  changes: maybe(Schema.Struct({ by: Text, why: Text })),
  columns: maybe(Schema.Array(Schema.Struct({ name: Text, type: Text, sourceType: Text }))),
  unmasked: maybe(Schema.Array(Text)),
  indexes: maybe(Schema.Struct({ made: Schema.Array(Text) })),
  notices: maybe(Schema.Array(Text)),
  ddl: maybe(Text),
})
export const Checked = Schema.Struct({ tables: Schema.Array(CheckResult) })
export type Checked = typeof Checked.Type

/** The rows of `/query/raw`. */
export const RawRows = Schema.Struct({
  columns: Schema.Array(Text),
  rows: Schema.Array(Schema.Array(Schema.Unknown)),
})

/** All that a sink is written with: what a run asks of it, and what it keeps. */

export { type Action, type Code, codes } from "./error/codes.ts"
export { ConnectorError, type ErrorDescription } from "./error/ConnectorError.ts"
export { isRetryable, type Retry } from "./error/Policy.ts"
export { type Plan, type PlanColumn, replicaType } from "./plan/Plan.ts"
export { type BeginOptions, Sink, type SinkShape } from "./sink/Sink.ts"
export { type Batch, type Counts, type Differing, type Outcome, type Reject, type SinkRun } from "./sink/SinkRun.ts"
export { type HistoryEntry, type RunState, type SourceState, type TableState } from "./sink/States.ts"
export { decodePosition, encodePosition, Position } from "./state/Position.ts"
export { Reconciliation } from "./state/Reconciliation.ts"
export { type Difference, Verification } from "./state/Verification.ts"
export { type Filter } from "./table/Filter.ts"
export { type Key, type KeySummary } from "./table/Key.ts"
export {
  type Column,
  type ColumnType,
  foldCase,
  formatTableName,
  type Row,
  type TableName,
  type TableSchema,
  type Value,
} from "./table/Table.ts"

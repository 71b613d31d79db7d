/** All that a sink is written with: what a run asks of it, and what it keeps. */

export { type Action, type Code, codes } from "./error/codes.ts"
export { ConnectorError, type ErrorDescription } from "./error/ConnectorError.ts"
export { isRetryable, type Retry } from "./error/Policy.ts"
export { type Mask, maskIdentity } from "./mask/Mask.ts"
export { type ReplicaIndex } from "./plan/Indexes.ts"
export { type Fan, type Fanning, type Kept } from "./table/Fan.ts"
export { inReplica, nameInReplica } from "./plan/InReplica.ts"
export { type Plan, type PlanColumn, replicaType } from "./plan/Plan.ts"
export { rowids } from "./plan/Whole.ts"
export { type Batch, type Reconciled, type Reject } from "./sink/Batch.ts"
export { type Findings } from "./sink/Findings.ts"
export { type FedTable, type HubSink, type HubState } from "./sink/HubSink.ts"
export {
  type Following,
  type LogBatch,
  type LogCounts,
  type LogKeeping,
  type LogOutcome,
  type LogPart,
  type LogSink,
  type LogState,
  type LogTable,
  type LogTarget,
  type SinkLogRun,
} from "./sink/LogSink.ts"
export { type Differing, type Replica } from "./sink/Replica.ts"
export { type BeginOptions, Sink, type SinkShape } from "./sink/Sink.ts"
export { type Counts, type Outcome, type SinkRun } from "./sink/SinkRun.ts"
export { type HistoryEntry, type RunState, type SourceState, type TableState } from "./sink/States.ts"
export { type Stored } from "./sink/Stored.ts"
export { decodePosition, encodePosition, Position } from "./state/Position.ts"
export { decodeRanges, encodeRanges, type Ranges } from "./state/Ranges.ts"
export { Reconciliation } from "./state/Reconciliation.ts"
export { type Difference, Verification } from "./state/Verification.ts"
export { type Filter } from "./table/Filter.ts"
export { type Key, type KeySummary } from "./table/Key.ts"
export { sortKey } from "./table/SortKey.ts"
export { compareKeys, type KeySpan } from "./table/KeyOrder.ts"
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

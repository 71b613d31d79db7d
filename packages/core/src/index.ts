export { check, type CheckResult } from "./Check.ts"
export { isOfSource, type Retry } from "./Backoff.ts"
export { type Budget, type Stop } from "./Budget.ts"
export {
  clashes,
  decodeConfig,
  expand,
  invalidConfig,
  type Deletes,
  type ReplicationConfig,
  type SourceLimits,
  type TableConfig,
  type WildcardConfig,
} from "./Config.ts"
export { type Connector, makeConnector, type Opened, type SecretRef, type Secrets } from "./Connector.ts"
export { type Code, codes, ConnectorError, type ErrorDescription } from "./ConnectorError.ts"
export { DurationText, ReplicationDocument, Secret, toMillis } from "./Document.ts"
export { codeOfStatus, type NoAnswer, parseRetryAfter, toNoAnswerError } from "./Http.ts"
export { jsonSchema } from "./JsonSchema.ts"
export { errnoOf, isTlsFailure, networkReason } from "./Network.ts"
export { type Filter, type LazyPage, type Page } from "./Page.ts"
export { makePlan, maxColumns, type Plan, type PlanColumn, type Planned, replicaType } from "./Plan.ts"
export { decodePosition, encodePosition, Position } from "./Position.ts"
export {
  type Batch,
  type BeginOptions,
  type Counts,
  type Differing,
  type Key,
  type KeySummary,
  type Outcome,
  type Reject,
  type HistoryEntry,
  type RunState,
  Sink,
  type SinkRun,
  type SinkShape,
  type SourceState,
  type TableState,
} from "./Sink.ts"
export { Reconciliation } from "./Reconcile.ts"
export { readPast, replicate, type ReplicateOptions, type Selection, unknownTable } from "./Replicator.ts"
export { nextAfter, parseCron, type Schedule } from "./Schedule.ts"
export { dueAt, dueTables, fingerprint, nextDue, type Past, waitUntil } from "./Scheduler.ts"
export {
  lazyPage,
  type LookupRequest,
  mapQueries,
  type ReadRequest,
  Source,
  type SourceShape,
  type SummarizeRequest,
  type Discovery,
  type Transactions,
} from "./Source.ts"
export { syncTable, type TableResult, type VerificationResult } from "./Sync.ts"
export {
  type Column,
  type ColumnType,
  foldCase,
  formatTableName,
  isWildcard,
  parseTableName,
  type Row,
  type TableName,
  type TableSchema,
  type Value,
} from "./Table.ts"
export { type Difference, Verification } from "./Verify.ts"
export { Memory, wake, type WakeUp } from "./Wake.ts"

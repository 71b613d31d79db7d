/** All that a source is written with: tables and their values, errors, and the contract. */

export { type Action, type Code, codes } from "./error/codes.ts"
export { ConnectorError, type ErrorDescription } from "./error/ConnectorError.ts"
export {
  answeredWith,
  codeOfStatus,
  type NoAnswer,
  parseRetryAfter,
  toNoAnswerError,
  urlProblem,
} from "./error/Http.ts"
export { patiently } from "./error/patiently.ts"
export { isRetryable } from "./error/Policy.ts"
export { errnoOf, isTlsFailure, networkReason } from "./error/Network.ts"
export { type Connector, makeConnector, type Secrets } from "./source/Connector.ts"
export { type DigestRequest, type RangeDigest } from "./source/Digest.ts"
export {
  addSpan,
  coversGtids,
  type Gtids,
  type MariadbGtids,
  type MysqlGtids,
  parseGtids,
  printGtids,
} from "./source/Gtid.ts"
export { type Relation, type SourceIndex, type Structure } from "./source/Indexes.ts"
export {
  type LoggedTable,
  type LogMessage,
  type LogRead,
  type LogRequest,
  type LogRow,
  type LogStanding,
  type LogValue,
  type SourceLog,
} from "./source/Log.ts"
export { type MadePage, type Page, pageOf } from "./source/Page.ts"
export {
  type CountRequest,
  type LookupRequest,
  type ReadRequest,
  type Since,
  type SummarizeRequest,
} from "./source/Request.ts"
export { DurationText, Secret, toMillis } from "./source/Settings.ts"
export { type Description, mapQueries, Source, type SourceShape } from "./source/Source.ts"
export {
  beyondBound,
  type Bound,
  inOneAnswer,
  type Measure,
  type MeasureRequest,
  type Reading,
  tooLarge,
  type WholeRequest,
} from "./source/Whole.ts"
export { type Transactions } from "./source/Transactions.ts"
export { type Filter } from "./table/Filter.ts"
export { type Key, keyIdentity, type KeySummary } from "./table/Key.ts"
export { compareKeys, type KeySpan } from "./table/KeyOrder.ts"
export {
  type Column,
  type ColumnType,
  foldCase,
  formatTableName,
  freeName,
  parseTableName,
  type Row,
  type TableName,
  type TableSchema,
  type Value,
} from "./table/Table.ts"

/** Running tables: by hand, when they are due, and as a check. */

export { type Stop } from "./config/Budget.ts"
export { check } from "./run/Check.ts"
export { type CheckResult } from "./run/CheckResult.ts"
export { isOtherRun } from "./error/Policy.ts"
export { type Way, wayOf } from "./plan/Way.ts"
export { dropLog, readLogs, withLog, withLogs } from "./run/Logs.ts"
export { readPast, readPastOf, replicate, type Replicated, type ReplicateOptions } from "./run/Replicator.ts"
export { dueAt, fingerprint, isFollowing, type Past, waitUntil } from "./run/Scheduler.ts"
export { type Selection, unknownTable } from "./run/Selection.ts"
export { wake, type WakeUp } from "./run/Wake.ts"
export { type SourceResult } from "./run/SourceRun.ts"
export { type RunDetails, type TableResult } from "./sync/TableResult.ts"

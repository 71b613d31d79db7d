export type { Event as LogEvent, Fields as LogFields } from "./internal/logs/line.ts"
export { ReplicationPlugin, type ReplicationOptions } from "./ReplicationPlugin.ts"
export type { StarbaseApp, StarbaseContext, StarbaseDataSource, StarbaseExternal } from "./Starbase.ts"
export { wakeUp } from "./wake.ts"

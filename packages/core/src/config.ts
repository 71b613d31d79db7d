/** The config document: its schema, and what it means. */

export { decodeConfig, invalidConfig, type ReplicationConfig } from "./config/Config.ts"
export { nameProblem } from "./config/names.ts"
export { maxColumns } from "./plan/Plan.ts"
export { MaskEntry } from "./config/Document.ts"
export { jsonSchema } from "./config/JsonSchema.ts"
export { readReplicas, type Replicas } from "./config/Replicas.ts"
export { type Schedule } from "./config/Schedule.ts"
export { type WrittenDocument } from "./config/Written.ts"
export { expand, type TableConfig } from "./config/TableConfig.ts"
export { parseTableName } from "./table/Table.ts"

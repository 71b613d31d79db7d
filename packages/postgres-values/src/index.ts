export { arrayConverter, type Convert } from "./json.ts"
export { arrayInOrder } from "./order.ts"
export { codeOfSqlState } from "./sqlState.ts"
export { bareType, columnType, elementType, schemaOfType } from "./types.ts"

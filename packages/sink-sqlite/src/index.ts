export { type Execute, fromRpc, fromStorage, type OnBilled, type RpcLike, type SqlStorageLike } from "./Execute.ts"
export {
  type Billed,
  type DifferingRow,
  journal,
  type Journal,
  type OperatorEvent,
  type RejectedRow,
} from "./Journal.ts"
export { layer, type SinkOptions } from "./Sink.ts"
export { tryWriting } from "./tryWriting.ts"

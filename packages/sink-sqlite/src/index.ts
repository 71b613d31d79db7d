export { type Execute, fromRpc, fromStorage, type RpcLike, type SqlStorageLike } from "./Execute.ts"
export { layer, type SinkOptions } from "./Sink.ts"
export { tryWriting } from "./tryWriting.ts"

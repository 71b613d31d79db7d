import * as Effect from "effect/Effect"
import { offered } from "../Without.ts"
import { startTcpProxy } from "../proxy.ts"
import { Subject } from "./subject.ts"

/** The source behind a proxy of the kit's, until the check is over. */
export const behindProxy = Effect.gen(function* () {
  const { network } = yield* Subject
  const { host, port, open, connections } = yield* offered(network)
  const proxy = yield* Effect.acquireRelease(
    Effect.promise(() => startTcpProxy({ host, port })),
    (started) => Effect.promise(started.stop),
  )
  const at = { host: proxy.host, port: proxy.port }
  return {
    proxy,
    source: open(at),
    /** The same, which waits no longer than half a second for an answer. */
    impatient: open({ ...at, timeoutMillis: 500 }),
    open,
    connections,
  }
})

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A proxy before a server that counts the bytes of both directions. */
export interface CountedWire {
  readonly host: string
  readonly port: number
  /** What passed since the last call, in bytes. */
  readonly take: () => number
  readonly stop: () => Promise<void>
}

export const startCounted = async (server: { readonly host: string; readonly port: number }): Promise<CountedWire> => {
  let passed = 0
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on("data", (chunk) => {
        passed += chunk.length
      })
      from.on("error", () => from.destroy())
      from.on("close", () => sockets.delete(from))
      from.pipe(to)
    }
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  return {
    host: "127.0.0.1",
    port: (listener.address() as AddressInfo).port,
    take: () => {
      const bytes = passed
      passed = 0
      return bytes
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, "close")
    },
  }
}

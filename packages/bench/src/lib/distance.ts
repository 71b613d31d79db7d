import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** About a round trip inside a continent, in milliseconds: between a source and a Worker there is a network. */
export const farMillis = 20

/** A server as it looks from far away. */
export interface Distant {
  readonly host: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Puts a server so many milliseconds away: whatever is sent arrives half of that later, as fast as before. */
export const startDistance = async (
  server: { readonly host: string; readonly port: number },
  millis: number,
): Promise<Distant> => {
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on("data", (chunk) => setTimeout(() => to.write(chunk), millis / 2))
      from.on("error", () => from.destroy())
      from.on("close", () => {
        sockets.delete(from)
        setTimeout(() => to.destroy(), millis / 2)
      })
    }
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  const { port } = listener.address() as AddressInfo
  return {
    host: "127.0.0.1",
    port,
    stop: async () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
      await once(listener, "close")
    },
  }
}

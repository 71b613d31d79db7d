import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A server behind a proxy. */
export interface Relay {
  readonly host: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Puts a proxy before a server; `pass` is given each piece of either direction, and what sends it on. */
export const startRelay = async (
  server: { readonly host: string; readonly port: number },
  pass: (piece: Buffer, send: () => void) => void,
  /** How long what is on its way may take once a side has ended, in milliseconds. */
  lingers = 0,
): Promise<Relay> => {
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const upstream = connect(server.port, server.host)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on("data", (piece) => pass(piece, () => void to.write(piece)))
      from.on("error", () => from.destroy())
      from.on("close", () => {
        sockets.delete(from)
        setTimeout(() => to.end(), lingers)
      })
    }
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")
  return {
    host: "127.0.0.1",
    port: (listener.address() as AddressInfo).port,
    stop: async () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
      await once(listener, "close")
    },
  }
}

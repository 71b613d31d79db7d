import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** What passed between a client and a PostgreSQL. */
export interface Traffic {
  /** Statements that were executed, apart from those that only set how the next one answers. */
  readonly queries: number
  /** Times that the client waited for an answer, the start of the session apart. */
  readonly roundTrips: number
  readonly rows: number
  readonly connections: number
}

/** A proxy before a PostgreSQL that counts. */
export interface Wire {
  /** The server's url by way of the proxy. */
  readonly url: string
  /** What passed since the last call. */
  readonly take: () => Traffic
  readonly stop: () => Promise<void>
}

/** Calls back with each message of one direction: its type, and its text where that is asked for. */
const messages = (hasStartup: boolean, seen: (type: string, body: () => string) => void) => {
  let left: Buffer = Buffer.alloc(0)
  let isFirst = hasStartup
  return (chunk: Buffer): void => {
    left = left.length === 0 ? chunk : Buffer.concat([left, chunk])
    let at = 0
    for (;;) {
      const start = at + (isFirst ? 0 : 1)
      if (left.length < start + 4) break
      const end = start + left.readUInt32BE(start)
      if (left.length < end) break
      const message = left.subarray(start + 4, end)
      if (!isFirst) seen(String.fromCharCode(left[at] ?? 0), () => message.toString("latin1"))
      isFirst = false
      at = end
    }
    left = left.subarray(at)
  }
}

const nothing = { queries: 0, roundTrips: 0, rows: 0, connections: 0 }

/** Starts a proxy that reads the protocol as it passes; without TLS. */
export const startWire = async (source: {
  readonly url: string
  readonly host: string
  readonly port: number
}): Promise<Wire> => {
  let traffic = { ...nothing }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(source.port, source.host)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => sockets.delete(socket))
    }
    traffic.connections += 1
    let pins = false
    const fromClient = messages(true, (type, body) => {
      if (type === "P") pins = body().includes("SELECT set_config(")
      if ((type === "E" && !pins) || type === "Q") traffic.queries += 1
      if (type === "S" || type === "Q") traffic.roundTrips += 1
    })
    const fromServer = messages(false, (type) => {
      if (type === "D") traffic.rows += 1
    })
    client.on("data", fromClient).pipe(upstream)
    upstream.on("data", fromServer).pipe(client)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const url = new URL(source.url)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    take: () => {
      const taken = traffic
      traffic = { ...nothing }
      return taken
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}

import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A TCP proxy in front of a server, with faults to switch on. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** How many connections were ever accepted. */
  readonly accepted: () => number
  /** How many connections are open now. */
  readonly open: () => number
  /** How many bytes the server has sent through, faults included. */
  readonly received: () => number
  /** Resets every connection once the server has sent so many bytes more over it. */
  readonly cutAfter: (bytes: number) => void
  /** Resets the connections that are open now. */
  readonly cut: () => void
  /** Keeps connections open and passes nothing on in either direction. */
  readonly stall: () => void
  /** Closes new connections at once. */
  readonly refuse: () => void
  /** Passes everything on again. */
  readonly heal: () => void
  readonly stop: () => Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  allowance: number
}

/** Starts a proxy in front of a server, on a port of its own. */
export const startTcpProxy = async (target: { readonly host: string; readonly port: number }): Promise<TcpProxy> => {
  const links = new Set<Link>()
  let accepted = 0
  let received = 0
  let allowance = Number.POSITIVE_INFINITY
  let stalled = false
  let refusing = false

  const reset = (link: Link) => {
    links.delete(link)
    link.client.resetAndDestroy()
    link.server.destroy()
  }
  const flow = ({ client, server }: Link) => {
    for (const socket of [client, server]) {
      if (stalled) socket.pause()
      else socket.resume()
    }
  }
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    if (refusing) {
      client.resetAndDestroy()
      return
    }
    accepted += 1
    const server = connect({ ...target, allowHalfOpen: true })
    const link: Link = { client, server, allowance }
    links.add(link)
    const pass = (from: Socket, to: Socket) => (chunk: Buffer) => {
      if (!to.write(chunk)) {
        from.pause()
        to.once("drain", () => flow(link))
      }
    }
    const toServer = pass(client, server)
    const toClient = pass(server, client)
    client.on("data", toServer)
    server.on("data", (chunk: Buffer) => {
      received += chunk.length
      link.allowance -= chunk.length
      if (link.allowance >= 0) toClient(chunk)
      else {
        const rest = chunk.subarray(0, chunk.length + link.allowance)
        client.write(rest, () => reset(link))
      }
    })
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.setNoDelay(true)
      one.on("error", () => reset(link))
      one.on("end", () => other.end())
      one.on("close", () => {
        links.delete(link)
        other.destroy()
      })
    }
    flow(link)
  }).listen(0, "127.0.0.1")
  await once(listener, "listening")

  const setAllowance = (bytes: number) => {
    allowance = bytes
    for (const link of links) link.allowance = bytes
  }
  return {
    host: "127.0.0.1",
    port: (listener.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => links.size,
    received: () => received,
    cutAfter: setAllowance,
    cut: () => [...links].forEach(reset),
    stall: () => {
      stalled = true
      links.forEach(flow)
    },
    refuse: () => {
      refusing = true
    },
    heal: () => {
      stalled = false
      refusing = false
      setAllowance(Number.POSITIVE_INFINITY)
      links.forEach(flow)
    },
    stop: async () => {
      ;[...links].forEach(reset)
      listener.close()
      await once(listener, "close")
    },
  }
}

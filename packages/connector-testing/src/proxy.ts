import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A TCP proxy in front of a server, with faults to switch on; whoever connects through it is its client. */
export interface TcpProxy {
  readonly host: string
  readonly port: number
  /** How many connections were ever accepted, and how many their clients have not closed. */
  readonly accepted: () => number
  readonly open: () => number
  /** How many bytes the server has sent, faults included, and the clients. */
  readonly received: () => number
  readonly sent: () => number
  /** Resets each connection once the server has sent so many bytes more over it. */
  readonly cutAfter: (bytes: number) => void
  /** Resets the connections that are open now. */
  readonly cut: () => void
  /** Passes requests on, and keeps the answers back. */
  readonly stall: () => void
  /** Resets new connections at once. */
  readonly refuse: () => void
  /** Passes everything on again. */
  readonly heal: () => void
  readonly stop: () => Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  allowance: number
  /** True once the client has closed its end. */
  ended: boolean
}

const host = "127.0.0.1"

/** Starts a proxy in front of a server, on a port of its own. */
export const startTcpProxy = async (target: { readonly host: string; readonly port: number }): Promise<TcpProxy> => {
  const links = new Set<Link>()
  const state = {
    accepted: 0,
    received: 0,
    sent: 0,
    allowance: Number.POSITIVE_INFINITY,
    stalled: false,
    refusing: false,
  }

  const reset = (link: Link) => {
    links.delete(link)
    link.client.resetAndDestroy()
    link.server.destroy()
  }
  const flow = ({ server, ended }: Link) => {
    if (state.stalled && !ended) server.pause()
    else server.resume()
  }
  const pass = (link: Link, from: Socket, to: Socket, chunk: Buffer) => {
    if (to.write(chunk)) return
    from.pause()
    to.once("drain", () => (from === link.server ? flow(link) : from.resume()))
  }
  const toClient = (link: Link, chunk: Buffer) => {
    state.received += chunk.length
    link.allowance -= chunk.length
    if (link.allowance >= 0) pass(link, link.server, link.client, chunk)
    else link.client.write(chunk.subarray(0, chunk.length + link.allowance), () => reset(link))
  }

  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
    if (state.refusing) {
      client.resetAndDestroy()
      return
    }
    state.accepted += 1
    const server = connect({ ...target, allowHalfOpen: true })
    const link: Link = { client, server, allowance: state.allowance, ended: false }
    links.add(link)
    client.on("data", (chunk: Buffer) => {
      state.sent += chunk.length
      pass(link, client, server, chunk)
    })
    server.on("data", (chunk: Buffer) => toClient(link, chunk))
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
    client.on("end", () => {
      link.ended = true
      flow(link)
    })
    client.resume()
    flow(link)
  }).listen(0, host)
  await once(listener, "listening")

  const allow = (bytes: number) => {
    state.allowance = bytes
    for (const link of links) link.allowance = bytes
  }
  return {
    host,
    port: (listener.address() as AddressInfo).port,
    accepted: () => state.accepted,
    open: () => [...links].filter(({ ended }) => !ended).length,
    received: () => state.received,
    sent: () => state.sent,
    cutAfter: allow,
    cut: () => [...links].forEach(reset),
    stall: () => {
      state.stalled = true
      links.forEach(flow)
    },
    refuse: () => {
      state.refusing = true
    },
    heal: () => {
      state.stalled = false
      state.refusing = false
      allow(Number.POSITIVE_INFINITY)
      links.forEach(flow)
    },
    stop: async () => {
      ;[...links].forEach(reset)
      listener.close()
      await once(listener, "close")
    },
  }
}

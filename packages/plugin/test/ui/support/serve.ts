import { createServer, type IncomingMessage } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"

/** A handler of requests, served over HTTP on this machine. */
export interface Served {
  readonly url: string
  readonly stop: () => Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Serves what answers requests as a Worker does. */
export const serve = async (answer: (request: Request) => Response | Promise<Response>): Promise<Served> => {
  const server = createServer((incoming, outgoing) => {
    const respond = async () => {
      const { method = "GET", url = "/", headers } = incoming
      const hasBody = method !== "GET" && method !== "HEAD"
      const request = new Request(new URL(url, `http://${headers.host}`), {
        method,
        headers: headers as Record<string, string>,
        ...(hasBody ? { body: await bodyOf(incoming) } : {}),
      })
      const response = await answer(request)
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      outgoing.end(Buffer.from(await response.arrayBuffer()))
    }
    respond().catch((error: unknown) => {
      outgoing.writeHead(500)
      outgoing.end(String(error))
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

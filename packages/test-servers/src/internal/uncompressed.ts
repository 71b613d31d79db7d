import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { pipeline } from "node:stream"

/** Something that stands before a server. */
export interface Before {
  readonly host: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Passes all on to an HTTP server but the wish for compressed answers, so that bytes on the wire are those of values. */
export const startUncompressed = async (to: { readonly host: string; readonly port: number }): Promise<Before> => {
  const server = createServer((asked, answer) => {
    const { "accept-encoding": _, ...headers } = asked.headers
    const passed = request({ ...to, method: asked.method, path: asked.url, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      pipeline(answered, answer, () => answer.destroy())
    })
    passed.on("error", () => answer.destroy())
    answer.on("close", () => passed.destroy())
    asked.pipe(passed)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

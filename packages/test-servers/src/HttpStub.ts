import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"

/** A server that answers as one does where something is wrong. */
export interface HttpStub {
  readonly url: string
  /** What it does with a request. */
  handle: RequestListener
  /** Requests that came; a test may set it back. */
  requests: number
  readonly stop: () => Promise<void>
}

/** Starts a server on a free port that answers nothing until it is told what. */
export const startHttpStub = async (): Promise<HttpStub> => {
  const server = createServer((request, response) => {
    stub.requests += 1
    stub.handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const stub: HttpStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handle: () => {},
    requests: 0,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return stub
}

/** Answers each request alike: a text as HTML, anything else as JSON. */
export const answer =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    response
      .writeHead(status, { "Content-Type": typeof body === "string" ? "text/html" : "application/json", ...headers })
      .end(typeof body === "string" ? body : JSON.stringify(body))

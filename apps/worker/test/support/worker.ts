import { bundlePath, type entries } from "../../scripts/lib/bundle.ts"
import { type Client, makeClient } from "../../scripts/lib/client.ts"
import { type Served, serve, type ServeOptions } from "../../scripts/lib/serve.ts"

/** The real Worker in workerd. */
export interface TestWorker extends Served {
  readonly admin: Client
  readonly client: Client
  /** A request with any token, or with none. */
  readonly request: (path: string, init?: RequestInit & { readonly token?: string }) => Promise<Response>
  readonly logs: ReadonlyArray<string>
}

export const adminToken = "the admin's token"
export const clientToken = "the client's token"

/** Starts the Worker on a free port; what it logs is kept. */
export const startWorker = async (
  options: Pick<ServeOptions, "config" | "variables" | "data"> = {},
  entry: (typeof entries)[number] = "postgres",
): Promise<TestWorker> => {
  const logs: Array<string> = []
  const served = await serve({
    bundle: bundlePath(entry),
    adminToken,
    clientToken,
    onLog: (line) => logs.push(line),
    ...options,
  })
  return {
    ...served,
    logs,
    admin: makeClient(served.url, adminToken),
    client: makeClient(served.url, clientToken),
    request: (path, { token, ...init } = {}) =>
      fetch(new URL(path, served.url), {
        ...init,
        headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...init.headers },
      }),
  }
}

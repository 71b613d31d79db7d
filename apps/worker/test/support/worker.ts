import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundlePath } from "../../scripts/lib/bundle.ts"
import { type Client, makeClient } from "../../scripts/lib/client.ts"
import { type Served, serve, type ServeOptions } from "../../scripts/lib/serve.ts"
import { filesHoldNone, holdsNone, secretsIn } from "./secrets.ts"

/** The real Worker in workerd. */
export interface TestWorker extends Served {
  readonly admin: Client
  readonly client: Client
  /** A request with any token, or with none. */
  readonly request: (path: string, init?: RequestInit & { readonly token?: string }) => Promise<Response>
  readonly logs: ReadonlyArray<string>
}

export interface StartOptions extends Pick<ServeOptions, "config" | "data" | "hasFleet" | "variables"> {
  /** More that must be nowhere, by what it is. */
  readonly planted?: ReadonlyMap<string, string>
}

export const adminToken = "the admin's token"
export const clientToken = "the client's token"

/**
 * Starts the Worker on a free port; what it logs is kept. Every answer, all logs, and in the end all that is stored, are
 * searched for its secrets.
 */
export const startWorker = async (
  { planted, ...options }: StartOptions = {},
  entry = "postgres",
): Promise<TestWorker> => {
  const logs: Array<string> = []
  const tokens = { ADMIN_TOKEN: adminToken, CLIENT_TOKEN: clientToken }
  const secrets = new Map([...secretsIn({ ...options.variables, ...tokens }), ...(planted ?? [])])
  const scratch = await mkdtemp(join(tmpdir(), "test-worker-"))
  const data = options.data ?? join(scratch, "data")
  const served = await serve({
    bundle: bundlePath(entry),
    adminToken,
    clientToken,
    onLog: (line) => logs.push(line),
    ...options,
    data,
  })
  const searched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    holdsNone(`the answer of ${response.url}`, await response.clone().text(), secrets)
    return response
  }
  return {
    ...served,
    logs,
    admin: makeClient(served.url, adminToken, searched),
    client: makeClient(served.url, clientToken, searched),
    request: (path, { token, ...init } = {}) =>
      searched(new URL(path, served.url), {
        ...init,
        headers: { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...init.headers },
      }),
    stop: async () => {
      await served.stop()
      holdsNone("the logs", logs.join("\n"), secrets)
      await filesHoldNone(data, secrets)
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

import type { Postgres } from "@starbase-replication/test-servers"
import { type Client, makeClient } from "../../scripts/lib/client.ts"
import { startWorker, type StartOptions, type TestWorker } from "./worker.ts"

export const tokenSecret = "a secret for tokens of 32 characters or more"

/** The tables of a fleet's hub at the source: rows of tenants, one table for all, and one for nobody. */
export const schema = `
  CREATE TABLE orders (id int PRIMARY KEY, tenant_id text, note text, amount numeric);
  CREATE TABLE plans (name text PRIMARY KEY, price int);
  CREATE TABLE internal (id int PRIMARY KEY, tenant_id text, secret text);
  INSERT INTO orders SELECT n, 'T' || n % 5, 'of T' || n % 5, n / 7.0 FROM generate_series(1, 100) n;
  INSERT INTO plans VALUES ('free', 0), ('paid', 9);
  INSERT INTO internal VALUES (1, 'T1', 'nobody may have this')`

export const replicas = { by: { column: "tenant_id" }, tables: { plans: "all", internal: "none" } }

/** A Worker that is a hub of replicas, by what is said; its sources are pulled when it is told. */
export const startHub = (
  postgres: Postgres,
  more: object = {},
  variables: object = {},
  options: Omit<StartOptions, "config" | "variables"> = {},
): Promise<TestWorker> =>
  startWorker({
    ...options,
    config: {
      log: "off",
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: ["orders", "plans", "internal"].map((table) => ({ source: "shop", table, every: "1 day" })),
      replicas: { ...replicas, ...more },
    },
    variables: { SHOP_URL: postgres.url, REPLICATION_ALARM: "off", REPLICA_TOKEN_SECRET: tokenSecret, ...variables },
  })

/** Has the hub pull all, whatever is due. */
export const pullHub = async ({ admin }: TestWorker): Promise<void> => {
  for (;;) {
    const results = await admin.replicate()
    const failed = results.find(({ error }) => error !== undefined)
    if (failed !== undefined) throw new Error(`${failed.table}: ${failed.error?.message}`)
    if (results.every(({ more }) => !more)) return
  }
}

/** A new token for a replica. */
export const tokenOf = async ({ admin }: TestWorker, replica: string, more: object = {}): Promise<string> => {
  const { result, error } = await admin.post<{ token: string }>("/replicate/replicas/token", { replica, ...more })
  if (result === undefined) throw new Error(error)
  return result.token
}

/** Speaks to a replica with a token of its own. */
export const clientOf = async (worker: TestWorker, replica: string, more: object = {}): Promise<Client> => {
  const token = await tokenOf(worker, replica, more)
  return makeClient(worker.url, token, freshly)
}

/** Each query has the replica ask its hub first. */
const freshly: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...init?.headers, "X-Replication-Max-Staleness": "0s" } })

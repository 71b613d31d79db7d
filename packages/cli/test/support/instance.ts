import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { type Client, makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { type Served, serve } from "@starbase-replication/worker/scripts/lib/serve.ts"
import { cli, type Ended, type Options, type Running, startCli } from "./cli.ts"

export const tokens = { admin: "the admin's token", client: "the client's token" }

/** A PostgreSQL, an instance that replicates it when asked to, and the command that asks. */
export interface Instance {
  readonly postgres: Postgres
  readonly served: Served
  readonly admin: Client
  readonly env: Readonly<Record<string, string>>
  readonly run: (args: ReadonlyArray<string>, options?: Options) => Promise<Ended>
  readonly begin: (args: ReadonlyArray<string>, options?: Options) => Running
  readonly stop: () => Promise<void>
}

/** Starts both; nothing runs by itself. */
export const startInstance = async (
  setup: string,
  config: (source: string) => Readonly<Record<string, unknown>>,
): Promise<Instance> => {
  const postgres = await startPostgres()
  await postgres.query(setup)
  const served = await serve({
    bundle: bundlePath("postgres"),
    adminToken: tokens.admin,
    clientToken: tokens.client,
    variables: { SHOP_URL: postgres.url, REPLICATION_ALARM: "off" },
    config: { sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } }, ...config("shop") },
  })
  const env = { REPLICATION_URL: served.url.href, REPLICATION_TOKEN: tokens.admin }
  const withEnv = (options: Options = {}): Options => ({ ...options, env: { ...env, ...options.env } })
  return {
    postgres,
    served,
    admin: makeClient(served.url, tokens.admin),
    env,
    run: (args, options) => cli(args, withEnv(options)),
    begin: (args, options) => startCli(args, withEnv(options)),
    stop: async () => {
      await served.stop()
      await postgres.stop()
    },
  }
}

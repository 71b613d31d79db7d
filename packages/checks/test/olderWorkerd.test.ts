import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { Miniflare } from "miniflare-3"
import { afterAll, beforeAll, expect, it } from "vitest"

const bundles = join(import.meta.dirname, "../../../apps/worker/dist/postgres")

let server: Postgres
let worker: Miniflare
beforeAll(async () => {
  server = await startPostgres()
  const file = (await readdir(bundles)).find((name) => name.endsWith(".js"))
  if (file === undefined) throw new Error("no bundle; make it with: pnpm --filter @starbase-replication/worker build")
  worker = new Miniflare({
    modules: true,
    script: await readFile(join(bundles, file), "utf8"),
    compatibilityDate: "2024-09-25",
    compatibilityFlags: ["nodejs_compat_v2"],
    durableObjects: { REPLICA: { className: "ReplicaObject", useSQLite: true } },
    bindings: {
      ADMIN_AUTHORIZATION_TOKEN: "admin",
      CLIENT_AUTHORIZATION_TOKEN: "client",
      SHOP_URL: server.url,
      REPLICATION_CONFIG: {
        sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
        tables: [{ source: "shop", table: "items", cursor: "at" }],
      },
    },
  })
})
afterAll(async () => {
  await worker.dispose()
  await server.stop()
})

it("the Worker runs on the workerd of wrangler 3.114, with which StarbaseDB is developed", async () => {
  await server.query(`
    CREATE TABLE items (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
    INSERT INTO items SELECT generate_series(1, 2000)`)
  for (const written of [2000, 0]) {
    const response = await worker.dispatchFetch("http://localhost/replicate", {
      method: "POST",
      headers: { authorization: "Bearer admin" },
    })
    expect(await response.json()).toMatchObject({ result: { tables: [{ table: "items", written, more: false }] } })
  }
})

import { fileURLToPath } from "node:url"
import { sqliteDialect, sqlTables, type Tables } from "@starbase-replication/connector-testing"
import { createTestHarness } from "wrangler"

/** A Worker with a database that answers as StarbaseDB does. */
export interface Hub {
  readonly url: URL
  readonly adminToken: string
  readonly clientToken: string
  /** Runs one statement with the admin's token and gives its rows. */
  readonly execute: (sql: string) => Promise<ReadonlyArray<Readonly<Record<string, unknown>>>>
  readonly tables: Tables
  readonly stop: () => Promise<void>
}

const adminToken = "the admin's t0ken & word"
const clientToken = "the client's t0ken % word"

/** Starts a Worker on real workerd, on a free port. */
export const startHub = async (): Promise<Hub> => {
  const harness = createTestHarness({
    workers: [
      {
        config: {
          name: "hub",
          main: fileURLToPath(new URL("../fixtures/hub.ts", import.meta.url)),
          compatibility_date: "2024-09-25",
          compatibility_flags: ["nodejs_compat_v2"],
          durable_objects: { bindings: [{ name: "DATABASE", class_name: "Database" }] },
          migrations: [{ tag: "v1", new_sqlite_classes: ["Database"] }],
          vars: { ADMIN_TOKEN: adminToken, CLIENT_TOKEN: clientToken },
        },
      },
    ],
  })
  const { url } = await harness.listen()
  const execute: Hub["execute"] = async (sql) => {
    const response = await fetch(new URL("/query", url), {
      method: "POST",
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ sql }),
    })
    const answer = (await response.json()) as { readonly result?: Awaited<ReturnType<Hub["execute"]>>; error?: string }
    if (answer.result === undefined) throw new Error(answer.error)
    return answer.result
  }
  return {
    url,
    adminToken,
    clientToken,
    execute,
    tables: sqlTables(sqliteDialect, { execute }),
    stop: () => harness.close(),
  }
}

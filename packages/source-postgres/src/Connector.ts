import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { readEvery } from "./internal/log/log.ts"
import { layer } from "./Source.ts"

/** Reads PostgreSQL 13 and later, directly or through a pooler such as Hyperdrive or PgBouncer. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "postgres",
  settings: Settings,
  layer,
  log: ({ log }) => log && { every: readEvery(log) },
})

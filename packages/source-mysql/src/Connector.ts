import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { readEvery } from "./internal/log/log.ts"
import { layer } from "./Source.ts"

/** Reads MySQL 8 and MariaDB 10.11 and later, directly or through Hyperdrive. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "mysql",
  settings: Settings,
  layer,
  log: ({ log }) => log && { every: readEvery(log) },
})

import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { layer } from "./Source.ts"

/** Reads a libSQL database, Turso's among them, over HTTP. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "libsql",
  settings: Settings,
  layer,
})

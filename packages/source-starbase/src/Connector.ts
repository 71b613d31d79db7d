import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { layer } from "./Source.ts"

/** Reads another StarbaseDB, or this project's Worker, over its `POST /query`. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "starbase",
  settings: Settings,
  layer,
})

import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { layer } from "./Source.ts"

/** Reads {{name}}. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "{{name}}",
  settings: Settings,
  layer,
})

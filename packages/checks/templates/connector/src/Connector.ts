import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { layer } from "./Source.ts"

/** Reads {{name}}. */
export const connector: Connector = makeConnector({ type: "{{name}}", settings: Settings, layer })

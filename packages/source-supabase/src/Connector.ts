import { type Connector, makeConnector } from "@starbase-replication/core/source"
import { Settings } from "./Settings.ts"
import { layer } from "./Source.ts"

/** Reads the REST API of a Supabase project, hosted or self-hosted. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "supabase",
  settings: Settings,
  layer,
})

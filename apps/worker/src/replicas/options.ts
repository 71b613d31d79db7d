import { connectorOver } from "@starbase-replication/source-hub"
import type { ReplicationOptions } from "@starbase-replication/plugin"

type Send = Parameters<typeof connectorOver>[0]

/** How a replica is configured: all that its hub gives it, and nothing else. What the hub's own config says holds in the hub. */
export const replicaOptions = (name: string, send: Send): ReplicationOptions => ({
  config: {
    log: "off",
    sources: { hub: { type: "hub" } },
    tables: [{ source: "hub", table: "*" }],
  },
  connectors: [connectorOver(send)],
  instance: name,
  ui: false,
})

import { type Connector, makeConnector, toMillis } from "@starbase-replication/core/source"
import { CalledSettings, Settings } from "./Settings.ts"
import { layer, layerOver, type Send } from "./Source.ts"

const logOf = ({ every = "5 seconds" }: { readonly every?: string }) => ({ every: toMillis(every) })

/** Replicates from a hub, another instance of this project, over HTTP. */
export const connector: Connector<typeof Settings.Encoded> = makeConnector({
  type: "hub",
  settings: Settings,
  layer,
  log: logOf,
})

/** The same over a function that sends a request to the hub and gives its answer, such as a Durable Object's method. */
export const connectorOver = (send: Send): Connector<typeof CalledSettings.Encoded> =>
  makeConnector({
    type: "hub",
    settings: CalledSettings,
    layer: (settings) => layerOver(send, settings),
    log: logOf,
  })

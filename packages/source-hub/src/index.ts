export { connector, connectorOver } from "./Connector.ts"
export { CalledSettings, Settings } from "./Settings.ts"
export { layer, layerOver, type Send } from "./Source.ts"

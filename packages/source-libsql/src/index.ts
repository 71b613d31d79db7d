export { connector } from "./Connector.ts"
export { Settings } from "./Settings.ts"
export { layer } from "./Source.ts"

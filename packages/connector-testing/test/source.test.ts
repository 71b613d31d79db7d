import { sourceSuite } from "../src/index.ts"
import { toyHarness } from "./toy/harness.ts"
import { startToyServer } from "./toy/server.ts"

sourceSuite("a toy source", async (atEnd) => {
  const server = await startToyServer()
  atEnd(server.stop)
  return toyHarness(server)
})

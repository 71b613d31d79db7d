import { sinkSuite } from "../src/index.ts"
import { toySinkHarness } from "./toySink/harness.ts"

sinkSuite("a toy sink", async () => toySinkHarness())

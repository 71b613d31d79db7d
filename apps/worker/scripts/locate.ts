import { createInterface } from "node:readline"
import { bundlePath, entries } from "./lib/bundle.ts"
import { makeLocate } from "./lib/locate.ts"

// Copies the log of a deployed Worker, with places in its code by their source files.
const locates = entries.map((entry) => makeLocate(bundlePath(entry)))
for await (const line of createInterface({ input: process.stdin })) {
  console.log(locates.map((locate) => locate(line)).find((located) => located !== line) ?? line)
}

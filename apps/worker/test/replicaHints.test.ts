import { expect, it } from "vitest"
import { batchesOf, type Hint } from "../src/replicas/hints.ts"

const hint = (replica: string): Hint => ({
  replica,
  made: 1,
  epoch: "0123456789abcdef0123",
  seq: 9_007_199_254_740_991,
})

/** What the queue takes at once. */
const most = { messages: 100, bytes: 256_000 }

it.each([
  ["many short names", 2345, "tenant:1"],
  ["names as long as they may be", 250, `tenant:${"é".repeat(440)}`],
  ["names that JSON makes longer", 300, `tenant:${"\u0001".repeat(890)}`],
  ["one", 1, "region:weur"],
  ["none", 0, ""],
])("hints are sent in batches that the queue takes: %s", (_, count, name) => {
  const hints = Array.from({ length: count }, () => hint(name))
  const batches = batchesOf(hints)
  expect(batches.flat()).toEqual(hints)
  for (const batch of batches) {
    expect(batch.length).toBeGreaterThan(0)
    expect(batch.length).toBeLessThanOrEqual(most.messages)
    const bytes = batch.reduce((sum, one) => sum + Buffer.byteLength(JSON.stringify(one)) + 100, 0)
    expect(bytes).toBeLessThan(most.bytes)
  }
  // No more of them than there must be.
  if (count === 2345) expect(batches.length).toBe(24)
})

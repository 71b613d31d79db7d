import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { dollarsOf, type Fleet, needOf, ratesOf } from "../src/fleet/arithmetic.ts"
import { simulate } from "../src/fleet/simulation.ts"
import { fleetTable } from "../src/fleet/table.ts"

const fleet: Fleet = {
  tenants: 100_000,
  changesPerSecond: 500,
  everySeconds: 5,
  readsPerDay: 200,
  isPushed: true,
  staleSeconds: 5,
  rowsPerTenant: 100,
  bytesPerRow: 500,
}

describe("the arithmetic of a fleet", () => {
  it.each<readonly [string, Fleet, number]>([
    ["pushed", fleet, 1800],
    ["pushed, with many changes", { ...fleet, changesPerSecond: 20_000, tenants: 10_000 }, 100],
    ["asked for when it is read", { ...fleet, isPushed: false, tenants: 10_000, changesPerSecond: 50 }, 20_000],
    [
      "asked for by busy readers",
      { ...fleet, isPushed: false, tenants: 1000, readsPerDay: 20_000, changesPerSecond: 50 },
      2000,
    ],
  ])("is what a simulation gives: %s", (_, played, seconds) => {
    const [reckoned, seen] = [ratesOf(played), simulate(played, seconds)]
    for (const [name, value] of Object.entries(reckoned)) {
      const found = seen[name as keyof typeof seen]
      expect([name, value, Math.abs(found - value) <= 0.04 * value]).toEqual([name, value, true])
    }
  })

  it("grows with the tenants that change, and not with those that are there", () => {
    const more = { ...fleet, tenants: 1_000_000 }
    expect(dollarsOf(more).written / dollarsOf(fleet).written).toBeLessThan(1.02)
    expect(needOf(more).shareOfHub).toBeGreaterThan(1)
    expect(needOf({ ...fleet, changesPerSecond: 5000 }).tierHubs).toBeGreaterThan(0)
  })

  it("is what the page says: pnpm run fleet writes it there", async () => {
    const page = await readFile(join(import.meta.dirname, "../../../docs/fleet.md"), "utf8")
    const cells = (text: string) => text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()))
    const inPage = cells(/<!-- fleet -->\n\n([^]*)\n\n<!-- \/fleet -->/.exec(page)?.[1] ?? "")
    const isBody = (_: unknown, line: number) => line !== 1
    expect(inPage.filter(isBody)).toEqual(cells(fleetTable()).filter(isBody))
  })
})

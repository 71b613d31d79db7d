import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runBench } from "../src/bench.ts"
import type { Figure } from "../src/lib/figures.ts"
import { parseOptions } from "../src/lib/options.ts"
import { chartOf } from "../src/report/chart.ts"

let out: string
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "bench-test-"))
})
afterAll(() => rm(out, { recursive: true, force: true }))

/** The ones that need no program of others beside them. */
const measures = ["incremental", "freshness", "reads"]

it("measures in small, and leaves figures and targets", async () => {
  const options = parseOptions(["--quick", "--only", measures.join(","), "--out", out])
  if (options === undefined) throw new Error("It asked for help.")
  const lines: Array<string> = []
  const { figures, targets } = await runBench(options, (line) => lines.push(line))

  expect(new Set(figures.map(({ id }) => id.split("/")[0]))).toEqual(new Set(measures))
  expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length)
  for (const { against, id, runs, value } of figures) {
    expect([id, Number.isFinite(value), runs.length > 0, against === undefined || against.ratio > 0]).toEqual([
      id,
      true,
      true,
      true,
    ])
  }
  expect(targets.map(({ label }) => label)).toContain("p99 of a reader during a load")
  expect(lines.join("\n")).toMatch(/target met|TARGET MISSED/)
  const written = JSON.parse(await readFile(join(out, "bench.json"), "utf8")) as { readonly figures: unknown }
  expect(written.figures).toEqual(JSON.parse(JSON.stringify(figures)))
})

it("draws a chart of first loads", () => {
  const figure = (of: string, value: number): Figure => ({
    id: `first-load/postgres/mixed/${of}`,
    label: of,
    value,
    unit: "rows/s",
    runs: [value],
  })
  const chart = chartOf([figure("floor", 400_000), figure("plugin", 170_000)], "a machine")
  expect(chart).toContain("170,000")
  expect(chart).toContain("a machine")
  expect(chart).not.toMatch(/NaN|Infinity|undefined/)
})

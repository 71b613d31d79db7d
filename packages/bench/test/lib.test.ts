import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Figure } from "../src/lib/figures.ts"
import { parseOptions } from "../src/lib/options.ts"
import { shell } from "../src/lib/programs.ts"
import { median, medianRatio, paired, quantile } from "../src/lib/timing.ts"
import { startWire } from "../src/lib/wire.ts"
import { replaceFigures } from "../src/report/markdown.ts"
import { drawChart } from "../src/report/svg.ts"
import { judge } from "../src/targets.ts"

describe("timing", () => {
  it("takes medians and quantiles", () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9)
    expect(medianRatio([2, 9, 4], [1, 3, 4])).toBe(2)
  })

  it("does the work of a round side by side, every second round backwards", async () => {
    const order: Array<string> = []
    const note = (name: string) => async () => order.push(name)
    expect(await paired(2, { a: note("a"), b: note("b") })).toEqual({ a: [1, 4], b: [2, 3] })
    expect(order).toEqual(["a", "b", "b", "a"])
  })
})

describe("options", () => {
  it("refuses what it does not know", () => {
    expect(() => parseOptions(["--only", "first-load,speed"])).toThrow("--only: speed is none of")
    expect(() => parseOptions(["--runs", "0"])).toThrow("--runs must be a number above 0")
    expect(parseOptions(["--help"])).toBeUndefined()
  })
})

describe("shell", () => {
  it("fails where anything before a pipe does, and tells the processor time of what it ran", async () => {
    await expect(shell("false | cat")).rejects.toThrow("A command ended with 1")
    const { cpuSeconds, output } = await shell("head -c 200000000 /dev/zero | cksum")
    expect(output).toContain("200000000")
    expect(cpuSeconds).toBeGreaterThan(0.01)
  })
})

describe("targets", () => {
  const figure = (ratio: number): Figure => ({
    id: "first-load/mariadb/mixed/plugin",
    label: "",
    value: 1,
    unit: "rows/s",
    runs: [1],
    against: { label: "floor", ratio },
  })
  it("tells what is missed from what is met, and is silent of what was not measured", () => {
    expect(judge([])).toEqual([])
    expect(judge([figure(0.5)])).toMatchObject([{ isMet: true, found: "2 x" }])
    expect(judge([figure(0.4)])).toMatchObject([{ isMet: false, found: "2.50 x" }])
  })
})

describe("docs", () => {
  it("replaces what stands between the marks, and nothing else", () => {
    const [begin, end] = ["<!-- figures: written by the benchmark -->", "<!-- end of figures -->"]
    const page = (text: string) => `# Speed\n\n${begin}${text}${end}\n\nMore.\n`
    expect(replaceFigures(page("\nold\n"), "new")).toBe(page("\n\nnew\n\n"))
    expect(() => replaceFigures("# Speed", "new")).toThrow("lacks")
  })
})

describe("chart", () => {
  it("escapes, and draws a bar as long as its value says", () => {
    const bars = [
      { label: "a < b", value: 10, text: "10", kind: "ours" },
      { label: "c", value: 5, text: "5", kind: "floor" },
    ] as const
    const svg = drawChart([{ title: "T & U", bars }], "caption")
    expect(svg).toContain("a &lt; b")
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
    expect(widths).toEqual([400, 200])
  })
})

describe("wire", () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  it("counts statements, round trips and rows", async () => {
    const wire = await startWire(server)
    const client = new pg.Client(wire.url)
    await client.connect()
    const start = wire.take()
    expect(start).toMatchObject({ connections: 1, queries: 0 })
    await client.query("SELECT generate_series(1, 70000)")
    await client.query("SELECT set_config('a.b', $1, false)", ["c"])
    await client.query("SELECT $1::text", ["x".repeat(100_000)])
    expect(wire.take()).toEqual({ connections: 0, queries: 2, roundTrips: 3, rows: 70_002 })
    await client.end()
    await wire.stop()
  })
})
